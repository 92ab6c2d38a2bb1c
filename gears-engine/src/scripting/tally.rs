//! What is counted of each function that the server has.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use gears_model::Histogram;

use crate::ground::poison::unpoisoned;

/// Those of all functions, the latest last: one that takes the place of another is there before that goes.
static ALL: Mutex<Vec<Weak<Tally>>> = Mutex::new(Vec::new());

/// What is counted of a function, for as long as the server has it.
pub(crate) struct Tally {
    name: String,
    counts: Mutex<Counts>,
}

/// Calls that ended, and how.
#[derive(Clone, Default)]
pub(crate) struct Counts {
    pub(crate) calls: i64,
    /// Calls that ended with an error, those that were killed among them.
    pub(crate) failed: i64,
    pub(crate) killed: i64,
    pub(crate) total: Duration,
    pub(crate) latency: Histogram,
}

/// How a call ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Answered,
    Failed,
    Killed,
}

/// Begins to count a function.
pub(super) fn begin(name: &str) -> Arc<Tally> {
    let tally = Arc::new(Tally {
        name: name.to_owned(),
        counts: Mutex::default(),
    });
    let mut all = unpoisoned(ALL.lock());
    // As many as have gone since.
    all.retain(|one| one.strong_count() > 0);
    all.push(Arc::downgrade(&tally));
    tally
}

/// Returns what is counted of the functions that the server has, by their names.
pub(crate) fn counts() -> Vec<(String, Counts)> {
    let all = unpoisoned(ALL.lock());
    let alive = all.iter().filter_map(Weak::upgrade);
    let latest: BTreeMap<String, Arc<Tally>> =
        alive.map(|tally| (tally.name.clone(), tally)).collect();
    drop(all);
    let counts = latest.into_iter();
    counts
        .map(|(name, tally)| (name, tally.counts().clone()))
        .collect()
}

impl Tally {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        unpoisoned(self.counts.lock())
    }

    /// Counts a call.
    pub(super) fn note(&self, end: End, took: Duration) {
        let mut counts = self.counts();
        counts.calls += 1;
        counts.failed += i64::from(end != End::Answered);
        counts.killed += i64::from(end == End::Killed);
        counts.total += took;
        counts.latency.record(took);
    }
}
