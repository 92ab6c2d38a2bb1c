//! Numbers as people read them, in few columns.

use std::time::Duration;

use super::{
    row::{Column, Row, ShardRow},
    sample::Run,
};
use crate::{duration, load::Workers};

/// What stands where the server does not tell.
const UNKNOWN: &str = "-";

/// Writes what stands in a column of a row.
pub(super) fn cell(row: &Row, column: Column) -> String {
    let gear = &row.gear;
    let told = |number: Option<u64>| number.map_or(UNKNOWN.to_owned(), count);
    let time = |time: Option<Duration>| time.map_or(UNKNOWN.to_owned(), duration::short);
    // What never ran took no time.
    let latency = gear.load.filter(|load| !load.p99.is_zero() || gear.ended > 0);
    match column {
        Column::Name => gear.key.name.clone(),
        Column::Reader => gear
            .key
            .reader
            .strip_suffix("Reader")
            .unwrap_or(&gear.key.reader)
            .to_owned(),
        Column::Mode => gear.mode.clone(),
        Column::Rate => row.rate.map_or(UNKNOWN.to_owned(), rate),
        Column::P50 => time(latency.map(|load| load.p50)),
        Column::P99 => time(latency.map(|load| load.p99)),
        Column::Runs => count(u64::try_from(gear.triggered).unwrap_or(0)),
        Column::Failed => count(u64::try_from(gear.failed).unwrap_or(0)),
        Column::Waiting => told(gear.load.map(|load| load.waiting)),
        Column::Running => told(gear.load.map(|load| load.running)),
    }
}

/// What stands above the shards.
pub(super) const SHARD_TITLES: [&str; 6] = ["SHARD", "RATE/S", "FAILED", "WAIT", "BUSY", "EXECUTIONS"];

/// Writes what stands beside the id of a shard.
pub(super) fn of_shard(row: &ShardRow) -> [String; 5] {
    let place = &row.place;
    let workers = |write: fn(Workers) -> String| place.workers.map_or(UNKNOWN.to_owned(), write);
    [
        row.rate.map_or(UNKNOWN.to_owned(), rate),
        count(u64::try_from(place.failed).unwrap_or(0)),
        workers(|workers| format!("{}/{}", workers.waiting, workers.limit)),
        workers(|workers| format!("{}/{}", workers.busy, workers.all)),
        place.executions.to_string(),
    ]
}

/// Returns what stands above the executions, on one server and on shards.
pub(super) fn run_titles(is_cluster: bool) -> impl Iterator<Item = &'static str> {
    let shard = is_cluster.then_some("SHARD");
    let others = ["STATUS", "TIME", "RECORDS", "OF"];
    ["EXECUTION"].into_iter().chain(shard).chain(others)
}

/// Names what an execution runs.
pub(super) fn gear_of(run: &Run) -> &str {
    match &run.gear {
        Some(gear) => &gear.name,
        None if run.registered => "a registration",
        None => "a client",
    }
}

/// Writes how long an execution has taken.
pub(super) fn age(run: &Run) -> String {
    run.age.map_or(UNKNOWN.to_owned(), duration::short)
}

/// Writes how many records an execution has read.
pub(super) fn records(run: &Run) -> String {
    run.records.map_or(UNKNOWN.to_owned(), count)
}

/// Writes a rate.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are counts over a time, of which nobody needs the fraction above 100"
)]
pub(super) fn rate(rate: f64) -> String {
    if rate == 0.0 {
        "0".to_owned()
    } else if rate < 99.95 {
        format!("{rate:.1}")
    } else {
        count(rate.round() as u64)
    }
}

/// Writes a count, in thousands and so on when it is long.
pub(super) fn count(number: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are written")]
    let number_as_float = number as f64;
    match number {
        0..=99_999 => number.to_string(),
        100_000..=999_949 => format!("{:.0}k", number_as_float / 1e3),
        999_950..=999_949_999 => format!("{:.1}M", number_as_float / 1e6),
        _ => format!("{:.1}G", number_as_float / 1e9),
    }
}

/// Removes what would steer the terminal.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() { '?' } else { char })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_rates_take_few_columns() {
        for (number, text) in [
            (0, "0"),
            (99_999, "99999"),
            (100_000, "100k"),
            (999_949, "1000k"),
            (999_950, "1.0M"),
            (12_345_678, "12.3M"),
            (1_234_567_890, "1.2G"),
        ] {
            assert_eq!(count(number), text);
        }
        for (number, text) in [(0.0, "0"), (0.26, "0.3"), (99.96, "100"), (123_456.7, "123k")] {
            assert_eq!(rate(number), text);
        }
    }

    #[test]
    fn text_of_the_server_does_not_steer() {
        assert_eq!(clean("a\x1b[2J\n"), "a?[2J?");
    }
}
