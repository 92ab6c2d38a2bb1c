//! A session that lives on as long as it is used.

use std::collections::BTreeMap;

use gears_runtime::{Result, gear_command, redis};

use super::both::{compare, eval};

// ANCHOR: gear
/// Returns a session, and has it live for longer; `None` when it is over.
#[gear_command(mode = "sync", key = session)]
fn visit(session: &str, seconds: i64) -> Result<Option<BTreeMap<String, String>>> {
    r#"
    if not cmd.exists(session):
        return None
    cmd.hincrby(session, "seen", 1)
    cmd.expire(session, seconds)
    return cmd.hgetall(session)
    "#
}
// ANCHOR_END: gear

#[gears_runtime::test(gears = [visit])]
fn both_keep_sessions_alive(client: redis::Client) {
    let cases = [
        ("session:1", 60),
        ("session:1", 600),
        ("session:2", 60),
        // Nobody's, one whose time is over at once, and what is none.
        ("session:3", 60),
        ("session:2", 0),
        ("session:2", 60),
        ("session:1", -1),
        ("", 60),
        ("text", 60),
    ];
    let begin: [&[&str]; 3] = [
        &["HSET", "session:1", "user", "ada", "seen", "41"],
        &["HSET", "session:2", "user", "", "cart", "{\"nuts\": 1}"],
        &["SET", "text", "x"],
    ];
    compare(
        &client,
        &begin,
        &cases,
        |connection, (session, seconds)| {
            let script = include_str!("../../lua/session.lua");
            eval(connection, script, &[session], &[&seconds.to_string()])
        },
        |&(session, seconds)| visit(session, seconds),
    );
}
