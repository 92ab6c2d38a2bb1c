//! The best of each player, and the place that it makes.

use gears_runtime::{Result, gear_command, redis};

use super::both::{compare, eval};

// ANCHOR: gear
/// Notes a score; returns the player's place and best.
#[gear_command(mode = "sync", key = board)]
fn score(board: &str, player: &str, points: f64) -> Result<(u64, f64)> {
    r#"
    cmd.zadd(board, {player: points}, gt=True)
    return cmd.zrevrank(board, player) + 1, cmd.zscore(board, player)
    "#
}
// ANCHOR_END: gear

#[gears_runtime::test(gears = [score])]
fn both_make_the_same_board(client: redis::Client) {
    let cases = [
        ("game", "ada", 10.0),
        ("game", "bob", 12.5),
        // Worse than before, as good, and better.
        ("game", "ada", 9.0),
        ("game", "ada", 10.0),
        ("game", "ada", 12.75),
        // The same score: names decide.
        ("game", "cyd", 12.75),
        ("game", "", 0.0),
        ("game", "dan", -3.0),
        ("game", "eve", 1e300),
        ("game", "dan", -0.1),
        ("other", "bob", 1e-7),
        ("text", "ada", 1.0),
    ];
    compare(
        &client,
        &[&["SET", "text", "x"]],
        &cases,
        |connection, (board, player, points)| {
            let script = include_str!("../../lua/leaderboard.lua");
            eval(connection, script, &[board], &[player, &points.to_string()])
        },
        |&(board, player, points)| score(board, player, points),
    );
}
