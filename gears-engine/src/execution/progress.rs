//! How far an execution is, and who waits for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gears_model::State;
use gears_server::{BlockedClient, Recorded, Refusal, Reply};
use pyo3::prelude::*;

use super::reply::reply_outcome;
use super::waiting::{Waiting, only_error};
use crate::config::config;
use crate::flow::Flow;
use crate::plan::Outcome;
use crate::watchdog::{Grace, Slot};

/// Why an execution has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Aborted,
    Deadline,
}

/// Why an execution has to end, and the time that it has to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    pub(super) why: Why,
    pub(super) grace: Grace,
}

/// How far an execution is.
pub(crate) struct Progress {
    pub(crate) state: State,
    pub(crate) outcome: Outcome,
    pub(crate) total: Duration,
    pub(crate) read: Duration,
    /// How long each step took in parts of it that have ended, and reading for them.
    pub(super) parts: Vec<Duration>,
    pub(super) parts_read: Duration,
    created: Instant,
    pub(super) began: Option<Instant>,
    /// Where the code runs, while it runs.
    pub(super) slot: Option<Arc<Slot>>,
    /// What it waits for, when it has to wait.
    pub(super) flow: Option<Arc<Flow>>,
    /// Why it has to end, when it has to.
    pub(super) ending: Option<Ending>,
    /// Who waits for the end, until somebody has begun to tell them.
    pub(super) waiting: Option<Waiting>,
    pub(super) wait_for_results: Vec<BlockedClient>,
    pub(super) wait_for_end: Vec<BlockedClient>,
}

impl Progress {
    /// Begins with an execution that somebody waits for.
    pub(super) fn new(waiting: Waiting) -> Self {
        Self {
            state: State::Created,
            outcome: Outcome::default(),
            total: Duration::ZERO,
            read: Duration::ZERO,
            parts: Vec::new(),
            parts_read: Duration::ZERO,
            created: Instant::now(),
            began: None,
            slot: None,
            flow: None,
            ending: None,
            waiting: Some(waiting),
            wait_for_results: Vec::new(),
            wait_for_end: Vec::new(),
        }
    }

    /// Returns how long a step took, where that was measured.
    pub(super) fn time_in(&self, step: usize) -> Duration {
        let steps = if self.parts.is_empty() {
            &self.outcome.steps
        } else {
            &self.parts
        };
        steps.get(step).copied().unwrap_or_default()
    }

    /// Returns how long reading took.
    pub(super) fn time_reading(&self) -> Duration {
        if self.parts.is_empty() {
            self.read
        } else {
            self.parts_read
        }
    }

    /// Returns for how long it has run, or waited if it has not begun.
    pub(crate) fn age(&self) -> Duration {
        self.began.unwrap_or(self.created).elapsed()
    }

    /// Returns the thread that its code runs on, if it runs.
    pub(super) fn thread(&self) -> Option<Arc<Slot>> {
        let stepping = || self.flow.as_ref()?.stepping();
        self.slot.clone().or_else(stepping)
    }

    /// Says how it ends: code that was stopped because somebody aborted it has not done its work,
    /// although RedisGears, and so replies of old shapes, call that done.
    pub(super) fn state_at_end(&self, outcome: &Outcome, state: State) -> State {
        let is_aborted = self.ending.is_some_and(|ending| ending.why == Why::Aborted);
        if is_aborted && outcome.was_stopped() && !config().has_old_shapes() {
            return State::Aborted;
        }
        state
    }

    pub(super) fn answer_all(&mut self, py: Python<'_>) {
        for client in self.wait_for_results.drain(..) {
            let mut reply = Recorded::new();
            reply_outcome(py, &self.outcome, &mut reply);
            client.answer(reply);
        }
        answer_ended(self.wait_for_end.drain(..));
    }

    /// Ends without any results; brings the clients who are to be told so.
    pub(super) fn end_without_results(&mut self, error: Option<&Refusal>) -> Waited {
        self.flow = None;
        self.outcome = Outcome::of_errors(error.map(ToString::to_string));
        Waited {
            for_results: std::mem::take(&mut self.wait_for_results),
            for_end: std::mem::take(&mut self.wait_for_end),
        }
    }
}

/// Clients who waited for an execution that another one caused.
pub(super) struct Waited {
    for_results: Vec<BlockedClient>,
    for_end: Vec<BlockedClient>,
}

impl Waited {
    pub(super) fn answer(self, error: Option<&Refusal>) {
        for client in self.for_results {
            client.answer(only_error(error));
        }
        answer_ended(self.for_end);
    }
}

fn answer_ended(clients: impl IntoIterator<Item = BlockedClient>) {
    for client in clients {
        let mut reply = Recorded::new();
        reply.status("OK");
        client.answer(reply);
    }
}
