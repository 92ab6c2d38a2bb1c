//! The rows of the table: gears with their rates, sorted and filtered.

use std::{
    cmp::{Ordering, Reverse},
    collections::{HashMap, HashSet},
    time::Duration,
};

use clap::ValueEnum;

use super::sample::{Gear, Key, Place, Run, Sample};

/// What the table is sorted by.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Column {
    Name,
    Reader,
    Mode,
    /// Runs per second that ended since the last look.
    Rate,
    P50,
    P99,
    Runs,
    Failed,
    Waiting,
    Running,
}

impl Column {
    pub(super) const ALL: [Self; 10] = [
        Self::Name,
        Self::Reader,
        Self::Mode,
        Self::Rate,
        Self::P50,
        Self::P99,
        Self::Runs,
        Self::Failed,
        Self::Waiting,
        Self::Running,
    ];

    /// Returns what stands above it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Reader => "READER",
            Self::Mode => "MODE",
            Self::Rate => "RATE/S",
            Self::P50 => "P50",
            Self::P99 => "P99",
            Self::Runs => "RUNS",
            Self::Failed => "FAILED",
            Self::Waiting => "WAIT",
            Self::Running => "RUN",
        }
    }

    /// Returns the next one, around the end.
    pub(super) fn after(self) -> Self {
        let at = Self::ALL.iter().position(|one| *one == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// Returns the one before, around the beginning.
    pub(super) fn before(self) -> Self {
        let at = Self::ALL.iter().position(|one| *one == self).unwrap_or(0);
        Self::ALL[(at + Self::ALL.len() - 1) % Self::ALL.len()]
    }

    /// Tells whether numbers stand in it, the greatest of which come first.
    pub(super) fn is_number(self) -> bool {
        !matches!(self, Self::Name | Self::Reader | Self::Mode)
    }
}

/// How the table is sorted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Order {
    pub(super) column: Column,
    /// Against what is usual for the column.
    pub(super) reversed: bool,
}

impl Order {
    /// Tells whether the smallest comes first.
    pub(super) fn ascends(self) -> bool {
        self.column.is_number() == self.reversed
    }
}

/// A gear with what came of it since the last look.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) gear: Gear,
    /// Runs per second; `None` before the second look.
    pub(super) rate: Option<f64>,
}

/// Makes the rows of a sample; rates are those since `before`.
pub(super) fn rows(before: Option<&Sample>, now: &Sample) -> Vec<Row> {
    let known: HashMap<&Key, &Gear> = before
        .iter()
        .flat_map(|sample| &sample.gears)
        .map(|gear| (&gear.key, gear))
        .collect();
    let time = before.map(|before| now.taken.saturating_duration_since(before.taken));
    now.gears
        .iter()
        .map(|gear| {
            // What is new began with nothing.
            let ended = known.get(&gear.key).map_or(0, |known| known.ended);
            Row {
                gear: gear.clone(),
                rate: time.map(|time| rate(ended, gear.ended, time)),
            }
        })
        .collect()
}

/// A shard with what came of it since the last look.
#[derive(Clone, Debug)]
pub(super) struct ShardRow {
    pub(super) place: Place,
    /// Runs per second; `None` before the second look.
    pub(super) rate: Option<f64>,
}

/// Makes the rows of the shards of a sample, in the order of their ids; none of one server.
pub(super) fn shards(before: Option<&Sample>, now: &Sample) -> Vec<ShardRow> {
    if now.shards.len() < 2 {
        return Vec::new();
    }
    let time = before.map(|before| now.taken.saturating_duration_since(before.taken));
    let known = before.map_or(&[][..], |before| &before.shards);
    let rows = now.shards.iter().map(|place| {
        // Of one that has joined, all counts were made before.
        let ended = known.iter().find(|known| known.id == place.id);
        let ended = ended.map_or(place.ended, |known| known.ended);
        ShardRow {
            place: place.clone(),
            rate: time.map(|time| rate(ended, place.ended, time)),
        }
    });
    rows.collect()
}

#[expect(clippy::cast_precision_loss, reason = "a rate of counts")]
fn rate(before: i64, now: i64, time: Duration) -> f64 {
    // Counters that were set back began anew in between.
    let count = if now < before { now } else { now - before };
    if time.is_zero() {
        return 0.0;
    }
    count.max(0) as f64 / time.as_secs_f64()
}

/// Sorts rows; those that are equal stand by name.
pub(super) fn sort(rows: &mut [Row], order: Order) {
    rows.sort_by(|one, other| {
        let by = compare(one, other, order.column);
        let by = if order.ascends() { by } else { by.reverse() };
        by.then_with(|| one.gear.key.cmp(&other.gear.key))
    });
}

fn compare(one: &Row, other: &Row, column: Column) -> Ordering {
    let (left, right) = (&one.gear, &other.gear);
    let load = |gear: &Gear| gear.load.unwrap_or_default();
    match column {
        Column::Name => left.key.cmp(&right.key),
        Column::Reader => left.key.reader.cmp(&right.key.reader),
        Column::Mode => left.mode.cmp(&right.mode),
        Column::Rate => {
            let rate = |row: &Row| row.rate.unwrap_or(0.0);
            rate(one).total_cmp(&rate(other))
        }
        Column::P50 => load(left).p50.cmp(&load(right).p50),
        Column::P99 => load(left).p99.cmp(&load(right).p99),
        Column::Runs => left.triggered.cmp(&right.triggered),
        Column::Failed => left.failed.cmp(&right.failed),
        Column::Waiting => load(left).waiting.cmp(&load(right).waiting),
        Column::Running => load(left).running.cmp(&load(right).running),
    }
}

/// Tells whether a filter lets a gear through: what it holds, in the case as it is written.
pub(super) fn fits(gear: &Gear, filter: &str) -> bool {
    let filter = filter.to_lowercase();
    [
        gear.key.name.as_str(),
        gear.key.reader.as_str(),
        gear.mode.as_str(),
        gear.session.as_deref().unwrap_or_default(),
    ]
    .iter()
    .any(|text| text.to_lowercase().contains(&filter))
}

/// Sorts executions: the oldest first, as somebody may look for one that does not end. What shards do for
/// one of them stands together.
pub(super) fn sort_runs(runs: &mut [Run]) {
    let owned = |run: &Run| {
        let (shard, id) = run.whole();
        (shard.to_owned(), id.to_owned())
    };
    let mut oldest: HashMap<(String, String), Option<Duration>> = HashMap::new();
    for run in runs.iter() {
        let age = oldest.entry(owned(run)).or_default();
        *age = (*age).max(run.age);
    }
    runs.sort_by_cached_key(|run| {
        let whole = owned(run);
        (Reverse(oldest.get(&whole).copied().flatten()), whole, run.shard.clone())
    });
}

/// Counts executions, however many shards each is on.
pub(super) fn count_runs(runs: &[Run]) -> usize {
    runs.iter().map(Run::whole).collect::<HashSet<_>>().len()
}
