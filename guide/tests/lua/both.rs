//! Runs the same calls by Lua and by gears.

use std::collections::BTreeMap;
use std::fmt::Debug;

use gears_runtime::{
    Error,
    redis::{self, Connection, FromRedisValue, RedisError},
};

use super::keys::{Held, left};

/// What came of a call: its reply or the text of its error, and what was left.
type Outcome<R> = (Result<R, String>, BTreeMap<String, Held>);

/// Runs each case by Lua and by the gear, each from what `begin` makes, and compares what comes of them.
pub(crate) fn compare<C: Debug, R: Debug + PartialEq>(
    client: &redis::Client,
    begin: &[&[&str]],
    cases: &[C],
    lua: impl Fn(&mut Connection, &C) -> Result<R, RedisError>,
    gear: impl Fn(&C) -> Result<R, Error>,
) {
    let mut connection = client.get_connection().unwrap();
    let by_lua = run(&mut connection, begin, cases, |connection, case| {
        lua(connection, case).map_err(|error| told_by_lua(&error))
    });
    let by_gear = run(&mut connection, begin, cases, |_, case| {
        gear(case).map_err(|error| told_by_gear(&error))
    });
    for ((case, lua), gear) in cases.iter().zip(by_lua).zip(by_gear) {
        assert_eq!(lua, gear, "{case:?}");
    }
}

fn run<C, R>(
    connection: &mut Connection,
    begin: &[&[&str]],
    cases: &[C],
    mut call: impl FnMut(&mut Connection, &C) -> Result<R, String>,
) -> Vec<Outcome<R>> {
    redis::cmd("FLUSHALL").exec(connection).unwrap();
    for words in begin {
        redis::cmd(words[0])
            .arg(&words[1..])
            .exec(connection)
            .unwrap();
    }
    let outcomes = cases.iter().map(|case| {
        let reply = call(connection, case);
        (reply, left(connection))
    });
    outcomes.collect()
}

/// Runs a script with its keys and arguments.
pub(crate) fn eval<R: FromRedisValue>(
    connection: &mut Connection,
    script: &str,
    keys: &[&str],
    arguments: &[&str],
) -> Result<R, RedisError> {
    redis::cmd("EVAL")
        .arg(script)
        .arg(keys.len())
        .arg(keys)
        .arg(arguments)
        .query(connection)
}

/// Returns what an error says, without what Redis says of the script: before 7.0 in front of it, since then behind it.
fn told_by_lua(error: &RedisError) -> String {
    let code = match error.code() {
        None | Some("ERR") => String::new(),
        Some(code) => format!("{code} "),
    };
    let text = error.detail().unwrap_or_default();
    let text = match text.split_once(": @user_script:") {
        Some((_, place)) => place.split_once(": ").map_or(text, |(_, text)| text),
        None => text.split(" script: ").next().unwrap_or(text),
    };
    format!("{code}{}", text.trim_start_matches("ERR "))
}

fn told_by_gear(error: &Error) -> String {
    match error.python() {
        Some(python) => python.message().trim_start_matches("ERR ").to_owned(),
        None => format!("{error:?}"),
    }
}
