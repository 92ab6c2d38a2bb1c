//! A library that brings gears of its own; the example `registry` uses it.
//!
//! A program that names this crate registers these gears together with its own.

use gears_runtime::{Result, gear_command};

/// Adds `points` to a player's score and returns the new score.
///
/// # Errors
///
/// As every gear: see [`gears_runtime::ErrorKind`].
#[gear_command(trigger = "scores.add", mode = "sync")]
pub fn add_points(board: &str, player: &str, points: i64) -> Result<i64> {
    r#"
    # Both keys change, or neither: a sync gear is atomic.
    cmd.incr(board + ":games")
    return int(cmd.zincrby(board, points, player))
    "#
}

/// Returns the best players with their scores, the best one first.
///
/// # Errors
///
/// As every gear: see [`gears_runtime::ErrorKind`].
#[gear_command(trigger = "scores.best")]
pub fn best(board: &str, count: u32) -> Result<Vec<(String, i64)>> {
    r#"
    ranking = cmd.zrevrange(board, 0, count - 1, withscores=True)
    return [(player, int(score)) for player, score in ranking]
    "#
}

/// Forgets a board and says whether there was one.
///
/// # Errors
///
/// As every gear: see [`gears_runtime::ErrorKind`].
#[gear_command(trigger = "scores.forget")]
pub fn forget(board: &str) -> Result<bool> {
    r#"return cmd.delete(board, board + ":games") > 0"#
}
