//! The runs that this shard takes part in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use gears_model::Id;

use super::leg::Leg;
use super::prepared::Prepared;

use crate::ground::poison::unpoisoned;

static LEGS: Mutex<BTreeMap<Id, Entry>> = Mutex::new(BTreeMap::new());

struct Entry {
    leg: Arc<Leg>,
    /// What begins when the run does, on a shard that does not drive it.
    prepared: Option<Prepared>,
}

/// Adds what this shard does for a run.
pub(super) fn add(leg: &Arc<Leg>, prepared: Option<Prepared>) {
    let entry = Entry {
        leg: Arc::clone(leg),
        prepared,
    };
    legs().insert(leg.place.run, entry);
}

/// Finds what this shard does for a run.
pub(super) fn find(run: Id) -> Option<Arc<Leg>> {
    legs().get(&run).map(|entry| Arc::clone(&entry.leg))
}

/// Takes what begins when the run does.
pub(super) fn take_prepared(run: Id) -> Option<(Arc<Leg>, Prepared)> {
    let mut legs = legs();
    let entry = legs.get_mut(&run)?;
    Some((Arc::clone(&entry.leg), entry.prepared.take()?))
}

/// Takes part no longer.
pub(super) fn remove(leg: &Leg) {
    let removed = legs().remove(&leg.place.run);
    drop(removed);
}

/// Counts the runs that this shard takes part in.
pub(crate) fn count() -> usize {
    legs().len()
}

/// Returns what this shard does for each.
pub(super) fn all() -> Vec<Arc<Leg>> {
    let legs = legs();
    legs.values().map(|entry| Arc::clone(&entry.leg)).collect()
}

fn legs() -> MutexGuard<'static, BTreeMap<Id, Entry>> {
    unpoisoned(LEGS.lock())
}
