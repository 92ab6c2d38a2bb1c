//! Functions of the server in Python: `FUNCTION LOAD`, `FCALL` and `EVAL`, on Valkey.

mod around;
mod commands;
mod counts;
mod flags;
mod freed;
mod gear_function;
mod kill;
mod library;
mod nested;
mod replica;
mod replies;
mod requirements;
mod rights;
mod script;
mod shared;
mod source;
mod stored;
mod unsupported;

use gears_tests::{Client, ask};

/// Loads a library, which must succeed.
fn load(client: &mut Client, name: &str, body: &str) {
    let source = format!("#!python name={name}\n{body}");
    let reply = ask!(client, "FUNCTION", "LOAD", "REPLACE", source);
    assert_eq!(reply, format!("${name:?}"), "{source}");
}

/// Runs a script.
fn eval(client: &mut Client, body: &str) -> String {
    ask!(client, "EVAL", format!("#!python\n{body}"), "0")
}
