//! The load from which the compiler learns what calls run through: each way to have a function run, many times.

use std::path::Path;

use crate::Result;
use crate::resp::{Connection, Reply};
use crate::trial::Server;

/// What the server registers.
const FUNCTIONS: &str = include_str!("functions.py");

/// What it loads where `FCALL` takes Python.
const LIBRARY: &str = "#!python name=load
register_function('load_echo', lambda keys, args: args[0])
register_function('load_read', lambda keys, args: server.call('GET', keys[0]))
register_function('load_write', lambda keys, args: server.call('SET', keys[0], args[0]))
";

/// How many commands are sent before their replies are read.
const PIPELINE: u32 = 16;

/// A command, and how often it is sent: what is cheap, most, so that no way outweighs the others.
type Call<'a> = (&'a [&'a str], u32);

const OBJECT: &str = r#"{"id":1234567,"name":"Jane Doe","active":true,"balance":1234.5,"note":null,"tags":["a","b"]}"#;

const CALLS: [Call<'_>; 30] = [
    (&["RG.TRIGGER", "echo", "hello"], 40_000),
    (&["RG.TRIGGER", "read", "key"], 40_000),
    (&["RG.TRIGGERONKEY", "read", "key"], 5_000),
    (&["RG.TRIGGER", "write", "other", "value"], 10_000),
    (&["RG.TRIGGER", "list", "list:short"], 5_000),
    (&["RG.TRIGGER", "hash", "hash"], 5_000),
    (&["RG.TRIGGER", "atomic", "number"], 2_000),
    (&["RG.TRIGGER", "json", OBJECT], 5_000),
    (&["RG.TRIGGER", "fails", "hello"], 1_000),
    (&["RG.TRIGGER", "typed_str", "hello"], 20_000),
    (&["RG.TRIGGER", "typed_int", "1234567"], 10_000),
    (&["RG.TRIGGER", "typed_float", "1234.5"], 10_000),
    (&["RG.TRIGGER", "typed_bool", "1"], 10_000),
    (&["RG.TRIGGER", "typed_bytes", "hello"], 10_000),
    (&["RG.TRIGGER", "typed_JSON", OBJECT], 10_000),
    (&["RG.TRIGGER", "async", "hello"], 5_000),
    (&["RG.TRIGGER", "worker", "hello"], 20_000),
    (&["RG.TRIGGER", "worker_read", "key"], 5_000),
    (&["RG.TRIGGER", "shards", "hello"], 2_000),
    (&["SET", "unseen", "value"], 20_000),
    (&["SET", "seen:key", "value"], 20_000),
    (&["SET", "counted:key", "value"], 20_000),
    (&["SET", "valued:key", "value"], 10_000),
    (&["LPUSH", "seen:list", "value"], 5_000),
    (&["HSET", "valued:hash", "field", "value"], 2_000),
    (&["SET", "later:key", "value"], 5_000),
    (&["XADD", "stream:one", "*", "field", "value"], 2_000),
    (&["GET", "key"], 20_000),
    (&["RG.PYEXECUTE", COUNT], 16),
    (&["RG.PYEXECUTE", SUM], 16),
];

const LIBRARY_CALLS: [Call<'_>; 3] = [
    (&["FCALL", "load_echo", "0", "hello"], 20_000),
    (&["FCALL", "load_read", "1", "key"], 20_000),
    (&["FCALL", "load_write", "1", "other", "value"], 5_000),
];

/// How many keys runs go over.
const KEYS: usize = 20_000;

const COUNT: &str = "GB().count().run('key:*')";

const SUM: &str = "GB().map(lambda record: len(record['value'])).aggregate(\
    0, lambda sum, length: sum + length, lambda sum, part: sum + part).run('key:*')";

/// Puts the load on a server with an engine that counts, and has it write what it counted into a folder.
pub(super) fn run(program: &Path, engine: &Path, counts: &Path) -> Result {
    put(program, engine, counts, None)
}

/// Does the same where the server has functions in Python, and calls those too.
pub(super) fn run_with_library(program: &Path, engine: &Path, counts: &Path) -> Result {
    put(program, engine, counts, Some(LIBRARY))
}

fn put(program: &Path, engine: &Path, counts: &Path, library: Option<&str>) -> Result {
    // One file for each process, as what the server forks counts too.
    let file = counts.join("%p.profraw");
    let functions = library.map_or("no", |_| "yes");
    let server = Server::start_with(
        program,
        engine,
        &["ScriptingEngine", functions],
        &[("LLVM_PROFILE_FILE", &file)],
    )?;
    let mut connection = server.connect()?;
    let keys: Vec<_> = (0..KEYS).map(|number| format!("key:{number}")).collect();
    let mut fill = vec!["MSET"];
    fill.extend(keys.iter().flat_map(|key| [key.as_str(), "value"]));
    for command in [
        fill.as_slice(),
        &["SET", "key", "value"],
        &["RPUSH", "list:short", "a", "b", "c"],
        &["HSET", "hash", "a", "1", "b", "2"],
        &["RG.PYEXECUTE", FUNCTIONS],
    ] {
        expect(&connection.call(command)?, command)?;
    }
    if let Some(library) = library {
        let load = ["FUNCTION", "LOAD", library];
        expect(&connection.call(&load)?, &load)?;
        send(&mut connection, &LIBRARY_CALLS)?;
    }
    send(&mut connection, &CALLS)?;
    // What ended by a signal would not write.
    server.shut_down(connection)
}

fn send(connection: &mut Connection, calls: &[Call<'_>]) -> Result {
    for (command, times) in calls {
        for _ in 0..times.div_ceil(PIPELINE) {
            for reply in connection.pipe(command, PIPELINE)? {
                // What fails is to fail, and nothing else is.
                if !command.contains(&"fails") {
                    expect(&reply, command)?;
                }
            }
        }
    }
    Ok(())
}

/// Refuses a reply that is an error: what is not called counts for nothing.
fn expect(reply: &Reply, command: &[&str]) -> Result {
    match reply {
        Reply::Error(error) => {
            let name = command
                .iter()
                .take(2)
                .copied()
                .collect::<Vec<_>>()
                .join(" ");
            Err(format!("the load's `{name}` failed: {error}").into())
        }
        _ => Ok(()),
    }
}
