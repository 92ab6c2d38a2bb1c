//! What was not seen for a while.

use gears_runtime::{Result, gear_command, redis};

use super::both::{compare, eval};

// ANCHOR: gear
/// Returns those of `ids` that were not seen within `window` milliseconds.
#[gear_command(mode = "sync", key = seen)]
fn fresh(seen: &str, now: i64, window: i64, ids: &[&str]) -> Result<Vec<String>> {
    r#"
    cmd.zremrangebyscore(seen, "-inf", now - window)
    new = [id for id in ids if cmd.zadd(seen, {id: now}, nx=True)]
    cmd.pexpire(seen, window)
    return new
    "#
}
// ANCHOR_END: gear

#[gears_runtime::test(gears = [fresh])]
fn both_see_each_once(client: redis::Client) {
    let minute = 60_000;
    let cases: [(&str, i64, &[&str]); 8] = [
        ("mail", 1_000, &["a", "b"]),
        ("mail", 1_001, &["b", "c", "c"]),
        ("mail", 1_002, &["a"]),
        ("post", 1_002, &["a", ""]),
        // The first two are forgotten, and the third is not yet.
        ("mail", 61_000, &["a", "b", "c"]),
        ("mail", 61_001, &["c", "ü"]),
        ("mail", 61_001, &[]),
        ("none", 1, &[]),
    ];
    compare(
        &client,
        &[],
        &cases,
        |connection, (seen, now, ids)| {
            let numbers = [now.to_string(), minute.to_string()];
            let mut arguments: Vec<&str> = numbers.iter().map(String::as_str).collect();
            arguments.extend_from_slice(ids);
            let script = include_str!("../../lua/deduplicate.lua");
            eval(connection, script, &[seen], &arguments)
        },
        |&(seen, now, ids)| fresh(seen, now, minute, ids),
    );
}
