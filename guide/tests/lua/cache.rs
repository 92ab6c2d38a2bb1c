//! A cache whose missing values are made by one caller, and not by all that miss them.

use gears_runtime::{Result, gear_command, redis};

use super::both::{compare, eval};

// ANCHOR: gear
/// Returns the value at `key`. Where there is none, the one caller who is told
/// `true` is to make it, and has so many milliseconds for that.
#[gear_command(mode = "sync", key = key)]
fn cached(key: &str, caller: &str, milliseconds: i64) -> Result<(Option<String>, bool)> {
    r#"
    value = cmd.get(key)
    if value is not None:
        return value, False
    is_mine = cmd.set("lease:{%s}" % key, caller, nx=True, px=milliseconds)
    return None, bool(is_mine)
    "#
}

/// Puts the value there, if the caller is still the one to make it.
#[gear_command(mode = "sync", key = key)]
fn fill(key: &str, caller: &str, value: &str, milliseconds: i64) -> Result<bool> {
    r#"
    lease = "lease:{%s}" % key
    if cmd.get(lease) != caller:
        return False
    cmd.set(key, value, px=milliseconds)
    cmd.delete(lease)
    return True
    "#
}
// ANCHOR_END: gear

#[derive(Debug)]
enum Call {
    Cached(&'static str, &'static str),
    Fill(&'static str, &'static str, &'static str),
}
use Call::{Cached, Fill};

const WHILE: i64 = 60_000;

#[gears_runtime::test(gears = [cached, fill])]
fn both_have_one_caller_make_it(client: redis::Client) {
    let cases = [
        Cached("page", "ada"),
        Cached("page", "bob"),
        Cached("page", "ada"),
        Fill("page", "bob", "his"),
        Fill("page", "ada", "hers"),
        Cached("page", "bob"),
        // Too late: somebody has the value already.
        Fill("page", "ada", "again"),
        Cached("other", "bob"),
        Fill("other", "bob", ""),
        Cached("other", "ada"),
        Cached("list", "ada"),
    ];
    compare(
        &client,
        &[&["RPUSH", "list", "x"]],
        &cases,
        |connection, case| {
            let (Cached(key, caller) | Fill(key, caller, _)) = case;
            let keys = [*key, &format!("lease:{{{key}}}")];
            let time = WHILE.to_string();
            match case {
                Cached(..) => {
                    let script = include_str!("../../lua/cache.lua");
                    eval(connection, script, &keys, &[caller, &time])
                }
                Fill(_, _, value) => {
                    let script = include_str!("../../lua/fill.lua");
                    eval(connection, script, &keys, &[caller, value, &time])
                        .map(|filled| (None, filled))
                }
            }
        },
        |case| match *case {
            Cached(key, caller) => cached(key, caller, WHILE),
            Fill(key, caller, value) => {
                fill(key, caller, value, WHILE).map(|filled| (None, filled))
            }
        },
    );
}
