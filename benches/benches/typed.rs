//! Gears with declared types against the same in Lua and in Python without types, under load.
//!
//! One private server, fifty clients, with and without pipelining; rounds in which all functions take turns. Lua reads
//! and writes JSON with `cjson`, Python with `json`. The aims with `-P 16`: text in and out 0.97 of Lua's rate, a struct
//! of ten fields in and out 1.2 of it, and no gear slower than what people write without types.

use std::error::Error;

use gears_benches::{load::Load, lua, process::Process, turns};
use gears_runtime::{
    Gears, Result as GearsResult, Script, embedded::Server, gear_command, redis, register_all,
};
use serde::{Deserialize, Serialize};

const CLIENTS: u32 = 50;
const ROUNDS: usize = 9;
/// Commands that each client has under way, and how many are sent in all.
const LOADS: [(u32, u32); 2] = [(1, 50_000), (16, 300_000)];

const LIST: &str = r#"["one","two","three","four","five","six","seven","eight","nine","ten"]"#;
const CUSTOMER: &str = r#"{"id":1234567,"name":"Jane Doe","email":"jane@example.com","active":true,"balance":1234.5,"age":42,"city":"Vienna","note":null,"score":0.75,"tags":["a","b","c"]}"#;

/// Functions that take and return the same; all are compared to the first.
const FAMILIES: [&[turns::Function]; 7] = [
    &[
        ("Lua text", &["FCALL", "text", "0", "hello"]),
        ("sync", &["RG.TRIGGER", "text", "hello"]),
        ("gear", &["RG.TRIGGER", "gear_text", "hello"]),
    ],
    &[
        ("Lua bytes", &["FCALL", "text", "0", "hello"]),
        ("sync", &["RG.TRIGGER", "text", "hello"]),
        ("gear", &["RG.TRIGGER", "gear_bytes", "hello"]),
    ],
    &[
        ("Lua integer", &["FCALL", "number", "0", "1234567"]),
        ("sync", &["RG.TRIGGER", "integer", "1234567"]),
        ("gear", &["RG.TRIGGER", "gear_integer", "1234567"]),
    ],
    &[
        ("Lua float", &["FCALL", "number", "0", "1234.5"]),
        ("sync", &["RG.TRIGGER", "float", "1234.5"]),
        ("gear", &["RG.TRIGGER", "gear_float", "1234.5"]),
    ],
    &[
        ("Lua bool", &["FCALL", "truth", "0", "1"]),
        ("sync", &["RG.TRIGGER", "truth", "1"]),
        ("gear", &["RG.TRIGGER", "gear_truth", "1"]),
    ],
    &[
        ("Lua list", &["FCALL", "json", "0", LIST]),
        ("sync", &["RG.TRIGGER", "json", LIST]),
        ("gear", &["RG.TRIGGER", "gear_list", LIST]),
    ],
    &[
        ("Lua struct", &["FCALL", "json", "0", CUSTOMER]),
        ("sync", &["RG.TRIGGER", "json", CUSTOMER]),
        ("gear", &["RG.TRIGGER", "gear_struct", CUSTOMER]),
    ],
];

const PYTHON: &str = "
import json

def register(trigger, function):
    GB('CommandReader').map(function).register(trigger=trigger, mode='sync', convertToStr=False)

register('text', lambda x: x[1])
register('integer', lambda x: int(x[1]))
register('float', lambda x: float(x[1]))
register('truth', lambda x: x[1] == '1')
register('json', lambda x: json.dumps(json.loads(x[1])))
";

const LUA: &str = "#!lua name=typed
redis.register_function('text', function(keys, args) return args[1] end)
redis.register_function('number', function(keys, args) return tostring(tonumber(args[1])) end)
redis.register_function('truth', function(keys, args) return args[1] == '1' end)
redis.register_function('json', function(keys, args) return cjson.encode(cjson.decode(args[1])) end)
";

#[derive(Serialize, Deserialize)]
struct Customer {
    id: u64,
    name: String,
    email: String,
    active: bool,
    balance: f64,
    age: u8,
    city: String,
    note: Option<String>,
    score: f32,
    tags: Vec<String>,
}

#[gear_command(mode = "sync")]
fn gear_text(value: &str) -> GearsResult<String> {
    "return value"
}

#[gear_command(mode = "sync")]
fn gear_bytes(value: &[u8]) -> GearsResult<Vec<u8>> {
    "return value"
}

#[gear_command(mode = "sync")]
fn gear_integer(value: i64) -> GearsResult<i64> {
    "return value"
}

#[gear_command(mode = "sync")]
fn gear_float(value: f64) -> GearsResult<f64> {
    "return value"
}

#[gear_command(mode = "sync")]
fn gear_truth(value: bool) -> GearsResult<bool> {
    "return value"
}

#[gear_command(mode = "sync")]
fn gear_list(value: &[&str]) -> GearsResult<Vec<String>> {
    "return value"
}

#[gear_command(mode = "sync")]
fn gear_struct(value: &Customer) -> GearsResult<Customer> {
    "return value"
}

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
    register_all(&gears)?;
    gears.execute(&Script::from_source(PYTHON))?;
    check_commands(&gears)?;

    turns::head();
    for each in LOADS {
        for family in FAMILIES {
            turns::compare(&load, process, family, each, ROUNDS)?;
        }
    }
    Ok(())
}

/// Loads the functions in Lua, and lets every function answer once: the load
/// does not look at what comes back.
fn check_commands(gears: &Gears) -> Result<(), Box<dyn Error>> {
    let mut connection = gears.client().get_connection()?;
    lua::load(&mut connection, LUA)?;
    for (name, command) in FAMILIES.iter().copied().flatten() {
        let mut reply: redis::Value = redis::cmd(command[0])
            .arg(&command[1..])
            .query(&mut connection)?;
        // A gear answers with a list of its results.
        if let redis::Value::Array(results) = &mut reply {
            reply = results.pop().ok_or("there is no result")?;
        }
        let reply: String = redis::from_redis_value(reply)?;
        let sent = command[command.len() - 1];
        assert_eq!(value(&reply), value(sent), "{name}");
    }
    Ok(())
}

/// Reads what is the same in several notations: numbers, and objects in any order.
fn value(text: &str) -> serde_json::Value {
    let read: Result<serde_json::Value, _> = serde_json::from_str(text);
    match read.ok().as_ref().and_then(serde_json::Value::as_f64) {
        Some(number) => number.into(),
        None => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
    }
}
