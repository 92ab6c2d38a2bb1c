//! How much a registration has to do.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::State;

/// Counts the executions of a registration that have not ended.
#[derive(Default)]
pub struct Load {
    waiting: AtomicUsize,
    running: AtomicUsize,
    /// How often one of them began or ended.
    turns: AtomicU64,
}

impl Load {
    /// Counts an execution that is in this state now.
    pub fn enter(&self, state: State) {
        if let Some(count) = self.count_of(state) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts an execution no more that was in this state.
    pub fn leave(&self, state: State) {
        if let Some(count) = self.count_of(state) {
            count.fetch_sub(1, Ordering::Relaxed);
            self.turns.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns how often an execution began or ended so far.
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// Returns how many have not begun.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Returns how many have begun, those included that wait for coroutines.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::Relaxed)
    }

    fn count_of(&self, state: State) -> Option<&AtomicUsize> {
        match state {
            State::Created => Some(&self.waiting),
            State::Running => Some(&self.running),
            State::Done | State::Aborted => None,
        }
    }
}
