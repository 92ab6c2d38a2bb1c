//! What functions of events cost the commands that cause them, under load.
//!
//! One private server, fifty clients, with and without pipelining; rounds in which all commands take
//! turns. A sync function that wants to know the name of a list of a thousand elements shall cost
//! `LPUSH` 4 times itself at most with `-P 16`, and `SET` with a function that counts shall be as quick
//! as a function in Lua that sets and counts.

use std::error::Error;

use gears_benches::{load::Load, lua, process::Process, turns};
use gears_runtime::{Gears, Script, embedded::Server, redis};

const CLIENTS: u32 = 50;
const ROUNDS: usize = 9;
/// Commands that each client has under way, and how many are sent in all.
const LOADS: [(u32, u32); 2] = [(1, 50_000), (16, 200_000)];

/// Commands whose rates are compared to that of the first.
const FAMILIES: [&[turns::Function]; 3] = [
    &[
        ("LPUSH", &["LPUSH", "bare:list", "x"]),
        ("its name", &["LPUSH", "named:list", "x"]),
        ("readValue", &["LPUSH", "unread:list", "x"]),
    ],
    &[
        ("SET", &["SET", "bare", "x"]),
        ("its name", &["SET", "named:text", "x"]),
        ("its value", &["SET", "read:text", "x"]),
        ("20 names", &["SET", "many:text", "x"]),
    ],
    &[
        (
            "Lua counts",
            &["FCALL", "set_and_count", "2", "bare", "n", "x"],
        ),
        ("event counts", &["SET", "counted:text", "x"]),
    ],
];

const PYTHON: &str = "
def register(what, keys, **options):
    GB('KeysReader').map(what).register(keys, mode='sync', eventTypes=['lpush', 'set'], **options)

register(lambda x: None, 'named:*')
register(lambda x: None, 'unread:*', readValue=False)
register(lambda x: x['value'] and None, 'read:*')
register(lambda x: execute('INCR', 'n'), 'counted:*')
for _ in range(20):
    register(lambda x: None, 'many:*')
";

const LUA: &str = "#!lua name=counting
redis.register_function('set_and_count', function(keys, args)
    redis.call('INCR', keys[2])
    return redis.call('SET', keys[1], args[1])
end)
";

/// How many elements lists have before anything is added.
const ELEMENTS: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    // Without the word this is `cargo test --benches`, which wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let server = Server::builder().tcp().start()?;
    let port = server.port().expect("the server was asked for one");
    let process = Process::new(server.pid().expect("it runs"));
    let load = Load::try_new(port, CLIENTS)?;
    let gears = Gears::connect(server.url())?;
    let mut connection = gears.client().get_connection()?;
    for list in ["bare:list", "named:list", "unread:list"] {
        redis::cmd("RPUSH")
            .arg(list)
            .arg(vec!["element"; ELEMENTS])
            .exec(&mut connection)?;
    }
    gears.execute(&Script::from_source(PYTHON))?;
    lua::load(&mut connection, LUA)?;
    // The load does not look at what comes back.
    for (name, command) in FAMILIES.concat() {
        redis::cmd(command[0])
            .arg(&command[1..])
            .exec(&mut connection)
            .map_err(|error| format!("{name}: {error}"))?;
    }

    turns::head();
    for each in LOADS {
        for family in FAMILIES {
            turns::compare(&load, process, family, each, ROUNDS)?;
        }
    }
    Ok(())
}
