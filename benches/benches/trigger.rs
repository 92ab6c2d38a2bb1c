//! `RG.TRIGGER` of an identity function against `FCALL` of the same in Lua, under load.
//!
//! One private server, fifty clients, with and without pipelining; rounds in
//! which all functions take turns. The aims, each against the same in Lua: in
//! sync mode 0.95 with `-P 1` and 0.9 with `-P 16`, on a worker 0.65 with
//! `-P 1`, and 0.6 with `-P 16` for one that reads a key. For information
//! stands below them a gear with typed argument and result as
//! `#[gear_command]` makes it, whose conversions are Python too.
//!
//! A function on a worker is compared as well to a module whose command has its client wait for a
//! thread that does nothing, which is what the server itself costs: 0.9 with `-P 1`, 0.8 with `-P 16`.

use std::error::Error;

use gears_benches::{blocking, load::Load, lua, process::Process, turns};
use gears_runtime::{
    Gears, Result as GearsResult, Script, embedded::Server, gear_command, redis, register_all,
};

const CLIENTS: u32 = 50;
const ROUNDS: usize = 9;
/// Commands that each client has under way, and how many are sent in all.
const LOADS: [(u32, u32); 2] = [(1, 100_000), (16, 500_000)];

/// Functions that do the same; each answers the others' answer.
struct Family {
    answer: &'static str,
    /// Name and command; all are compared to the first.
    functions: &'static [turns::Function],
}

const FAMILIES: [Family; 3] = [
    Family {
        answer: "hello",
        functions: &[
            ("Lua", &["FCALL", "identity", "0", "hello"]),
            ("sync", &["RG.TRIGGER", "identity_sync", "hello"]),
            ("async_local", &["RG.TRIGGER", "identity_async", "hello"]),
            ("gear, sync", &["RG.TRIGGER", "identity_gear", "hello"]),
        ],
    },
    Family {
        answer: "hello",
        functions: &[
            ("waiting", &["BLOCKING.HELLO", "hello"]),
            ("async_local", &["RG.TRIGGER", "identity_async", "hello"]),
            ("Lua", &["FCALL", "identity", "0", "hello"]),
        ],
    },
    Family {
        answer: "value",
        functions: &[
            ("Lua, GET", &["FCALL", "get", "1", "key"]),
            ("sync, GET", &["RG.TRIGGER", "get_sync", "key"]),
        ],
    },
];

const PYTHON: &str = "
for mode, trigger in ('sync', 'identity_sync'), ('async_local', 'identity_async'):
    GB('CommandReader').map(lambda x: x[1]).register(
        trigger=trigger, mode=mode, convertToStr=False)

GB('CommandReader').map(lambda x: execute('GET', x[1])).register(
    trigger='get_sync', mode='sync', convertToStr=False)
";

const LUA: &str = "#!lua name=identity
redis.register_function('identity', function(keys, args) return args[1] end)
redis.register_function('get', function(keys, args) return redis.call('GET', keys[1]) end)
";

#[gear_command(mode = "sync")]
fn identity_gear(text: &str) -> GearsResult<String> {
    "return text"
}

fn main() -> Result<(), Box<dyn Error>> {
    // Without the word this is `cargo test --benches`, which wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let module = blocking::build()?;
    let server = Server::builder()
        .tcp()
        .server_args(["--loadmodule".as_ref(), module.as_os_str()])
        .start()?;
    let port = server.port().expect("the server was asked for one");
    let process = Process::new(server.pid().expect("it runs"));
    let load = Load::try_new(port, CLIENTS)?;
    let gears = Gears::connect(server.url())?;
    register_all(&gears)?;
    gears.execute(&Script::from_source(PYTHON))?;
    check_commands(&gears)?;

    turns::head();
    for each in LOADS {
        for family in &FAMILIES {
            turns::compare(&load, process, family.functions, each, ROUNDS)?;
        }
    }
    Ok(())
}

/// Loads the functions in Lua, and lets every function answer once: the load
/// does not look at what comes back.
fn check_commands(gears: &Gears) -> Result<(), Box<dyn Error>> {
    let mut connection = gears.client().get_connection()?;
    redis::cmd("SET")
        .arg("key")
        .arg("value")
        .exec(&mut connection)?;
    lua::load(&mut connection, LUA)?;
    for family in &FAMILIES {
        for (name, command) in family.functions {
            let reply: Vec<String> = redis::cmd(command[0])
                .arg(&command[1..])
                .query(&mut connection)?;
            assert_eq!(reply, [family.answer], "{name}");
        }
    }
    Ok(())
}
