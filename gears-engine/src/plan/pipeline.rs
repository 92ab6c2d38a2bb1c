//! Runs records through the steps of a plan.

use std::sync::Arc;
use std::time::Duration;

use gears_model::plan::{Fold, Step};
use pyo3::prelude::*;

use super::passed::Progress;
use super::state::State;
use super::work::Work;
use super::{Function, Outcome};
use crate::config::config;
use crate::flow::{Flow, Landing, Ticket};
use crate::ground::failed::Failed;
use crate::python::inside::Inside;
use crate::session::Session;

/// One run of a plan: records are pushed in one at a time, and each goes
/// through all steps before the next (spec section 4.1).
///
/// Where a callback answers with a coroutine or a future, its record waits at
/// that step, and records behind it pass no sooner. The run can be put aside
/// until [`Pipeline::land`] brings what came of it.
pub(crate) struct Pipeline {
    function: Arc<Function>,
    work: Work,
}

impl Pipeline {
    /// Prepares a run for a function of `session`; `may_wait` says whether
    /// there can be coroutines and futures in it.
    pub(crate) fn new(function: &Arc<Function>, session: &Arc<Session>, may_wait: bool) -> Self {
        let plan = function.plan();
        let states = if plan.iter().any(Step::has_state) {
            plan.iter().map(State::of).collect()
        } else {
            Vec::new()
        };
        let mut outcome = Outcome::default();
        if config().profiles_executions() {
            outcome.steps = vec![Duration::ZERO; plan.len()];
        }
        Self {
            function: Arc::clone(function),
            work: Work {
                states,
                lines: Vec::new(),
                pending: 0,
                outcome,
                stopped: false,
                enough: false,
                closed: None,
                inside: if may_wait {
                    Inside::Step
                } else {
                    Inside::StepThatMayNotWait
                },
                session: Arc::clone(session),
                flow: None,
                begun: Vec::new(),
            },
        }
    }

    /// Sends one record through.
    pub(crate) fn push<'py>(&mut self, py: Python<'py>, record: Bound<'py, PyAny>) {
        if self.work.push_from(py, &self.function, 0, record) == Progress::Stop {
            self.work.enough = true;
        }
    }

    /// Says whether the plan begins by counting, so that records need not be made.
    pub(crate) fn only_counts(&self) -> bool {
        matches!(
            self.function.plan().first(),
            Some(Step::Accumulate(Fold::Count))
        )
    }

    /// Counts records that were not made, for a plan that only counts.
    pub(crate) fn push_uncounted(&mut self, count: usize) {
        if let Some(State::Counter(counted)) = self.work.states.first_mut() {
            *counted += count;
        }
    }

    /// Says whether more records can change the outcome: the first error stops
    /// the source, records on their way still arrive (spec section 4.3).
    pub(crate) fn wants_more(&self) -> bool {
        let work = &self.work;
        !work.enough && !work.stopped && work.outcome.errors.is_empty()
    }

    /// Says whether the steps have all they want.
    pub(crate) fn has_enough(&self) -> bool {
        self.work.enough || self.work.stopped
    }

    /// Says whether the next record has to wait for others to get on.
    pub(crate) fn is_congested(&self) -> bool {
        let mut lines = self.work.lines.iter().zip(self.function.plan().iter());
        self.work.pending > 0 && lines.any(|(line, step)| line.is_full(step))
    }

    /// Notes that the source of records failed.
    pub(crate) fn fail(&mut self, py: Python<'_>, error: &PyErr) {
        self.work.fail(py, error);
    }

    /// Notes that the source of records failed outside Python.
    pub(crate) fn fail_with(&mut self, failed: impl Into<Failed>) {
        self.work.outcome.fail(failed.into());
    }

    /// Counts errors of the source of records that it left out itself.
    pub(crate) fn leave_out(&mut self, errors: usize) {
        self.work.outcome.leave_out(errors);
    }

    /// Notes that no more records come: the accumulating steps give what they
    /// hold as soon as nothing before them waits.
    pub(crate) fn close(&mut self, py: Python<'_>) {
        if self.work.closed.is_none() {
            self.work.closed = Some(0);
        }
        self.work.flush(py, &self.function);
    }

    /// Says whether all records have arrived.
    pub(crate) fn is_done(&self) -> bool {
        self.work.pending == 0 && self.work.closed == Some(self.function.plan().len())
    }

    /// Says whether the watchdog ended the code.
    pub(crate) fn is_stopped(&self) -> bool {
        self.work.stopped
    }

    /// Brings what came of a coroutine or a future.
    pub(crate) fn land(&mut self, py: Python<'_>, ticket: Ticket, landing: Landing) {
        self.work.land(py, &self.function, ticket, landing);
    }

    /// Takes the coroutines that are to start.
    pub(crate) fn take_begun(&mut self) -> Vec<Py<PyAny>> {
        std::mem::take(&mut self.work.begun)
    }

    /// Counts the coroutines that are to start.
    pub(crate) fn count_begun(&self) -> usize {
        self.work.begun.len()
    }

    /// Returns where coroutines and futures tell of their ends, if there are any.
    pub(crate) fn flow(&self) -> Option<&Arc<Flow>> {
        self.work.flow.as_ref()
    }

    /// Makes a flow for a run that others feed, or that feeds others.
    pub(crate) fn flow_with_others(&mut self) -> Arc<Flow> {
        let session = &self.work.session;
        let flow = self.work.flow.get_or_insert_with(|| Flow::new(session));
        Arc::clone(flow)
    }

    /// Says whether something has come out that was not taken.
    pub(crate) fn has_results(&self) -> bool {
        !self.work.outcome.results.is_empty()
    }

    /// Takes what has come out so far.
    pub(crate) fn take_results(&mut self) -> Vec<Py<PyAny>> {
        std::mem::take(&mut self.work.outcome.results)
    }

    /// Returns the session whose function runs.
    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.work.session
    }

    /// Gives up what waits; returns the coroutines, to be cancelled.
    pub(crate) fn abandon(&mut self) -> Vec<Py<PyAny>> {
        self.work.abandon()
    }

    /// Ends the run; shows what came out, once.
    pub(crate) fn outcome(&mut self) -> &mut Outcome {
        self.work.outcome.say_what_is_left_out();
        &mut self.work.outcome
    }

    /// Ends the run.
    pub(crate) fn into_outcome(mut self) -> Outcome {
        self.work.outcome.say_what_is_left_out();
        self.work.outcome
    }
}
