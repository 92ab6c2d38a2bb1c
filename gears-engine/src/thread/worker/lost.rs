//! The workers that are lost.

use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use gears_model::Id;

use crate::ground::poison::unpoisoned;

/// What a worker was lost in.
#[derive(Clone)]
pub(crate) struct Lost {
    /// What people call the function.
    pub(crate) name: String,
    pub(crate) execution: Id,
    pub(crate) since: Instant,
}

impl Lost {
    /// Notes that a worker is lost from now on.
    pub(crate) fn new(name: String, execution: Id) -> Self {
        Self {
            name,
            execution,
            since: Instant::now(),
        }
    }
}

/// All that are lost, with their numbers, and how many ever were.
#[derive(Default)]
pub(super) struct LostWorkers(Mutex<State>);

#[derive(Default)]
struct State {
    now: Vec<(usize, Lost)>,
    ever: usize,
}

impl LostWorkers {
    /// Notes a worker that is lost; brings how many are.
    pub(super) fn note(&self, worker: usize, lost: Lost) -> usize {
        let mut state = self.state();
        state.ever += 1;
        state.now.push((worker, lost));
        state.now.len()
    }

    /// Forgets one that has come back.
    pub(super) fn forget(&self, worker: usize) {
        self.state().now.retain(|(other, _)| *other != worker);
    }

    /// Returns those that are lost.
    pub(super) fn now(&self) -> Vec<(usize, Lost)> {
        self.state().now.clone()
    }

    /// Counts those that ever were.
    pub(super) fn ever(&self) -> usize {
        self.state().ever
    }

    fn state(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.0.lock())
    }
}
