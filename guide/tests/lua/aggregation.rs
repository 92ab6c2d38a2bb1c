//! Figures of a list of measurements.

use gears_runtime::{Result, gear_command, redis};
use serde::{Deserialize, Serialize};

use super::both::{compare, eval};

// ANCHOR: gear
/// What there is to say of measurements.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Figures {
    count: u64,
    least: f64,
    most: f64,
    mean: f64,
    median: f64,
}

/// Looks at all measurements of a list; `None` when it has none.
#[gear_command(mode = "sync", key = list)]
fn figures(list: &str) -> Result<Option<Figures>> {
    r#"
    import statistics

    def number(text):
        try:
            return float(text)
        except ValueError:
            raise ValueError("not a number: " + text) from None

    values = [number(text) for text in cmd.lrange(list, 0, -1)]
    if not values:
        return None
    return {
        "count": len(values),
        "least": min(values),
        "most": max(values),
        "mean": statistics.fmean(values),
        "median": statistics.median(values),
    }
    "#
}
// ANCHOR_END: gear

#[gears_runtime::test(gears = [figures])]
fn both_find_the_same_figures(client: redis::Client) {
    let begin: [&[&str]; 6] = [
        &["RPUSH", "one", "7"],
        &["RPUSH", "odd", "3", "1.5", "-2"],
        &["RPUSH", "even", "4", "1", "3", "2.25", "0", "-0.5"],
        &["RPUSH", "same", "1e3", "1000", "1000.0"],
        &["RPUSH", "bad", "1", "two", "3"],
        &["SET", "text", "x"],
    ];
    compare(
        &client,
        &begin,
        &["one", "odd", "even", "same", "bad", "text", "none", ""],
        |connection, list| {
            let script = include_str!("../../lua/aggregate.lua");
            let found: Option<(u64, f64, f64, f64, f64)> = eval(connection, script, &[list], &[])?;
            Ok(found.map(|(count, least, most, mean, median)| Figures {
                count,
                least,
                most,
                mean,
                median,
            }))
        },
        |list| figures(list),
    );
}
