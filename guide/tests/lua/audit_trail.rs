//! Who changed what, beside what was changed.

use gears_runtime::{Result, gear_command, redis};

use super::both::{compare, eval};

// ANCHOR: gear
/// Sets a field, and notes who changed it from what; `false` when it was so.
#[gear_command(mode = "sync", key = record)]
fn change(record: &str, who: &str, field: &str, after: &str) -> Result<bool> {
    r#"
    before = cmd.hget(record, field)
    if before == after:
        return False
    cmd.hset(record, field, after)
    entry = {"who": who, "field": field, "before": before or "", "after": after}
    cmd.xadd("trail:{%s}" % record, entry, maxlen=1000, approximate=False)
    return True
    "#
}
// ANCHOR_END: gear

#[gears_runtime::test(gears = [change])]
fn both_leave_the_same_trail(client: redis::Client) {
    let cases = [
        ("person:1", "ada", "name", "Eve"),
        ("person:1", "ada", "name", "Eve"),
        ("person:1", "bob", "name", "Eva"),
        ("person:1", "bob", "age", ""),
        ("person:1", "bob", "age", ""),
        ("person:1", "", "age", "41"),
        ("person:2", "ada", "", "Zoë"),
        ("text", "ada", "name", "x"),
    ];
    compare(
        &client,
        &[
            &["HSET", "person:1", "name", "Evelyn"],
            &["SET", "text", "x"],
        ],
        &cases,
        |connection, (record, who, field, after)| {
            let trail = format!("trail:{{{record}}}");
            let script = include_str!("../../lua/audit.lua");
            eval(connection, script, &[record, &trail], &[who, field, after])
        },
        |&(record, who, field, after)| change(record, who, field, after),
    );
}
