//! So many calls in a window of time that slides.

use gears_runtime::{Result, gear_command, redis};

use super::both::{compare, eval};

// ANCHOR: gear
/// Counts a call, and returns how many are left in the last `window`
/// milliseconds; `None` is one too many.
#[gear_command(mode = "sync", key = key)]
fn rate_limit(key: &str, now: i64, window: i64, limit: i64) -> Result<Option<i64>> {
    r#"
    cmd.zremrangebyscore(key, "-inf", now - window)
    used = cmd.zcard(key)
    if used >= limit:
        return None
    cmd.zadd(key, {f"{now}:{used}": now})
    cmd.pexpire(key, window)
    return limit - used - 1
    "#
}
// ANCHOR_END: gear

#[gears_runtime::test(gears = [rate_limit])]
fn both_let_as_many_through(client: redis::Client) {
    let minute = 60_000;
    let cases = [
        ("ada", 1_764_000_000_000, minute, 3),
        ("ada", 1_764_000_000_000, minute, 3),
        ("ada", 1_764_000_000_001, minute, 3),
        // One too many, for one of them alone.
        ("ada", 1_764_000_000_002, minute, 3),
        ("bob", 1_764_000_000_002, minute, 3),
        // The first two have left the window, and the third has not.
        ("ada", 1_764_000_060_000, minute, 3),
        ("ada", 1_764_000_060_000, minute, 3),
        ("ada", 1_764_000_060_000, minute, 3),
        // A limit that has shrunk, and none at all.
        ("ada", 1_764_000_060_001, minute, 1),
        ("eve", 1_764_000_060_001, minute, 0),
        ("eve", 1_764_000_060_001, minute, -1),
        ("", 5, minute, 1),
    ];
    compare(
        &client,
        &[],
        &cases,
        |connection, (key, now, window, limit)| {
            let arguments = [now.to_string(), window.to_string(), limit.to_string()];
            let script = include_str!("../../lua/rate_limit.lua");
            eval(
                connection,
                script,
                &[key],
                &arguments.each_ref().map(String::as_str),
            )
        },
        |&(key, now, window, limit)| rate_limit(key, now, window, limit),
    );
}
