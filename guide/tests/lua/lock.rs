//! A lock that one owner has, for a while.

use gears_runtime::{Result, gear_command, redis};

use super::both::{compare, eval};

// ANCHOR: gear
/// Takes the lock for `owner`, or keeps it for longer.
#[gear_command(mode = "sync", key = name)]
fn lock(name: &str, owner: &str, milliseconds: i64) -> Result<bool> {
    r#"
    if cmd.get(name) not in (None, owner):
        return False
    cmd.set(name, owner, px=milliseconds)
    return True
    "#
}

/// Gives the lock back, if it is still the owner's.
#[gear_command(mode = "sync", key = name)]
fn unlock(name: &str, owner: &str) -> Result<bool> {
    r#"return cmd.get(name) == owner and cmd.delete(name) == 1"#
}
// ANCHOR_END: gear

#[derive(Debug)]
enum Call {
    Lock(&'static str, &'static str, i64),
    Unlock(&'static str, &'static str),
}
use Call::{Lock, Unlock};

#[gears_runtime::test(gears = [lock, unlock])]
fn both_let_one_in(client: redis::Client) {
    let cases = [
        Unlock("door", "ada"),
        Lock("door", "ada", 60_000),
        Lock("door", "bob", 60_000),
        // Kept for longer by its owner.
        Lock("door", "ada", 600_000),
        Unlock("door", "bob"),
        Lock("gate", "bob", 60_000),
        Unlock("door", "ada"),
        Unlock("door", "ada"),
        Lock("door", "bob", 60_000),
        // An owner without a name is one.
        Lock("hatch", "", 60_000),
        Lock("hatch", "ada", 60_000),
        Unlock("hatch", ""),
        // No time, and something that is no lock.
        Lock("door", "bob", 0),
        Lock("list", "ada", 60_000),
        Unlock("list", "ada"),
    ];
    compare(
        &client,
        &[&["RPUSH", "list", "x"]],
        &cases,
        |connection, case| match case {
            Lock(name, owner, milliseconds) => {
                let script = include_str!("../../lua/lock.lua");
                eval(
                    connection,
                    script,
                    &[name],
                    &[owner, &milliseconds.to_string()],
                )
            }
            Unlock(name, owner) => {
                let script = include_str!("../../lua/unlock.lua");
                eval(connection, script, &[name], &[owner])
            }
        },
        |case| match *case {
            Lock(name, owner, milliseconds) => lock(name, owner, milliseconds),
            Unlock(name, owner) => unlock(name, owner),
        },
    );
}
