//! `FCALL` of functions in Python against `FCALL` of the same in Lua, under load, on Valkey.
//!
//! One private server, fifty clients, with and without pipelining; rounds in which all functions take
//! turns. The aims for the identity, each against the same in Lua: 0.95 with `-P 1`, and 0.9 with `-P 16`.

use std::error::Error;

use gears_benches::{load::Load, process::Process, turns};
use gears_runtime::redis;
use gears_tests::{show, valkey};

const CLIENTS: u32 = 50;
const ROUNDS: usize = 9;
/// Commands that each client has under way, and how many are sent in all.
const LOADS: [(u32, u32); 2] = [(1, 100_000), (16, 500_000)];

/// Functions that do the same; all are compared to the first.
const FAMILIES: [&[turns::Function]; 2] = [
    &[
        ("Lua", &["FCALL", "lua_identity", "0", "hello"]),
        ("Python", &["FCALL", "identity", "0", "hello"]),
    ],
    &[
        ("Lua, GET", &["FCALL", "lua_get", "1", "key"]),
        ("call, GET", &["FCALL", "get", "1", "key"]),
        ("execute, GET", &["FCALL", "execute_get", "1", "key"]),
    ],
];

const PYTHON: &str = "#!python name=python
register_function('identity', lambda keys, args: args[0])
register_function('get', lambda keys, args: server.call('GET', keys[0]))
register_function('execute_get', lambda keys, args: execute('GET', keys[0]))
";

const LUA: &str = "#!lua name=lua
server.register_function('lua_identity', function(keys, args) return args[1] end)
server.register_function('lua_get', function(keys, args) return server.call('GET', keys[1]) end)
";

fn main() -> Result<(), Box<dyn Error>> {
    // Without the word this is `cargo test --benches`, which wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let server = valkey().tcp().start()?;
    let port = server.port().expect("the server was asked for one");
    let process = Process::new(server.pid().expect("it runs"));
    let load = Load::try_new(port, CLIENTS)?;
    let mut connection = redis::Client::open(server.url())?.get_connection()?;
    redis::cmd("SET")
        .arg("key")
        .arg("hello")
        .exec(&mut connection)?;
    for source in [PYTHON, LUA] {
        redis::cmd("FUNCTION")
            .arg(&["LOAD", source])
            .exec(&mut connection)?;
    }
    // The load does not look at what comes back.
    for (name, command) in FAMILIES.concat() {
        let reply = redis::cmd(command[0])
            .arg(&command[1..])
            .query(&mut connection)?;
        assert_eq!(show(&reply), r#"$"hello""#, "{name}");
    }
    turns::head();
    for each in LOADS {
        for functions in FAMILIES {
            turns::compare(&load, process, functions, each, ROUNDS)?;
        }
    }
    Ok(())
}
