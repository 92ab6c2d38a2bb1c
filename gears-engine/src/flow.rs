//! Where coroutines and futures of one execution tell of their ends.

pub(crate) mod asynchronous;
pub(crate) mod coroutine;
pub(crate) mod future;

use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::ground::failed::Failed;
use crate::ground::poison::unpoisoned;
use crate::session::Session;
use crate::watchdog::{Slot, Subject};

/// Names a record in flight: its step, and the how-manieth it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) step: usize,
    pub(crate) number: u64,
}

/// What came of a coroutine or a future: a value, or an error.
pub(crate) type Landing = Result<Py<PyAny>, Failed>;

/// A run that waits.
pub(crate) trait Parked: Send {
    /// Has a worker go on with it.
    fn resume(self: Box<Self>);
}

/// Why an execution that waits has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EarlyEnd {
    Aborted,
    Deadline,
}

/// Where coroutines and futures of one execution tell of their ends.
pub(crate) struct Flow {
    session: Arc<Session>,
    state: Mutex<FlowState>,
}

#[derive(Default)]
struct FlowState {
    landed: Vec<(Ticket, Landing)>,
    /// Whether there is something else for the run to go on with.
    nudged: bool,
    /// The run while it waits.
    parked: Option<Box<dyn Parked>>,
    end: Option<EarlyEnd>,
    /// Nobody wants to know any more.
    over: bool,
    deadline: Option<Instant>,
    /// What the run belongs to, once it had to wait.
    execution: Option<Weak<dyn Subject>>,
    /// Where one of the coroutines runs at the moment.
    stepping: Option<Arc<Slot>>,
}

impl Flow {
    /// Makes a flow for a function of `session`.
    pub(crate) fn new(session: &Arc<Session>) -> Arc<Self> {
        Arc::new(Self {
            session: Arc::clone(session),
            state: Mutex::default(),
        })
    }

    /// Returns the session whose function runs.
    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Tells what came of a coroutine or a future; on any thread.
    pub(crate) fn land(&self, _: Python<'_>, ticket: Ticket, landing: Landing) {
        let mut state = self.state();
        if state.over {
            drop(state);
            // Only here, as it may be a Python object's end.
            drop(landing);
            return;
        }
        state.landed.push((ticket, landing));
        let parked = state.parked.take();
        drop(state);
        if let Some(parked) = parked {
            parked.resume();
        }
    }

    /// Has the run go on, as records have come for it or can go on; on any thread.
    pub(crate) fn nudge(&self) {
        let mut state = self.state();
        if state.over {
            return;
        }
        state.nudged = true;
        let parked = state.parked.take();
        drop(state);
        if let Some(parked) = parked {
            parked.resume();
        }
    }

    /// Ends the execution, whatever it waits for.
    pub(crate) fn end(&self, why: EarlyEnd) {
        let mut state = self.state();
        if state.over {
            return;
        }
        state.end.get_or_insert(why);
        let parked = state.parked.take();
        let stepping = state.stepping.clone();
        drop(state);
        if let Some(slot) = stepping {
            slot.abort();
        }
        if let Some(parked) = parked {
            parked.resume();
        }
    }

    /// Notes on which thread a coroutine runs.
    pub(crate) fn set_stepping(&self, slot: Option<&Arc<Slot>>) {
        self.state().stepping = slot.cloned();
    }

    /// Returns the thread on which a coroutine runs, if one does.
    pub(crate) fn stepping(&self) -> Option<Arc<Slot>> {
        self.state().stepping.clone()
    }

    /// Returns how long the execution may still take.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        let deadline = self.state().deadline?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    fn execution(&self) -> Option<Arc<dyn Subject>> {
        self.state().execution.as_ref()?.upgrade()
    }

    /// Says when the execution has to end.
    pub(crate) fn must_end_at(
        self: &Arc<Self>,
        deadline: Option<Instant>,
        execution: Weak<dyn Subject>,
    ) {
        let mut state = self.state();
        state.deadline = deadline;
        state.execution = Some(execution);
        drop(state);
        with_deadline().push(Arc::downgrade(self));
    }

    /// Returns why the execution has to end, if it has to.
    pub(crate) fn early_end(&self) -> Option<EarlyEnd> {
        self.state().end
    }

    /// Has the execution end, for that reason if there is none yet; returns the reason.
    pub(crate) fn note_end(&self, why: EarlyEnd) -> EarlyEnd {
        *self.state().end.get_or_insert(why)
    }

    /// Has the execution go on that had to end, until those have ended who feed it.
    pub(crate) fn go_on_to_end(&self) {
        self.state().end = None;
    }

    /// Takes what has landed; nothing when the execution has to wait or to end.
    pub(crate) fn take_landed(&self) -> Option<Vec<(Ticket, Landing)>> {
        let mut state = self.state();
        let has_some = std::mem::take(&mut state.nudged) || !state.landed.is_empty();
        if state.end.is_some() || !has_some {
            return None;
        }
        Some(std::mem::take(&mut state.landed))
    }

    /// Notes that nobody wants to know any more; returns what has landed.
    pub(crate) fn close(&self) -> Vec<(Ticket, Landing)> {
        let mut state = self.state();
        state.over = true;
        std::mem::take(&mut state.landed)
    }

    /// Keeps a run until something lands, or gives it back if it can go on.
    pub(crate) fn park<T: Parked + 'static>(&self, run: Box<T>) -> Result<(), Box<T>> {
        let mut state = self.state();
        if state.end.is_some() || state.nudged || !state.landed.is_empty() {
            return Err(run);
        }
        state.parked = Some(run);
        Ok(())
    }

    fn is_overdue(&self, now: Instant) -> bool {
        let state = self.state();
        !state.over && state.end.is_none() && state.deadline.is_some_and(|end| end <= now)
    }

    fn state(&self) -> MutexGuard<'_, FlowState> {
        unpoisoned(self.state.lock())
    }
}

/// Has the run go on that waits by this flow, if there is one.
pub(crate) fn nudge(flow: Option<Arc<Flow>>) {
    if let Some(flow) = flow {
        flow.nudge();
    }
}

/// Those that have a deadline and have waited at least once.
static WITH_DEADLINE: Mutex<Vec<Weak<Flow>>> = Mutex::new(Vec::new());

fn with_deadline() -> MutexGuard<'static, Vec<Weak<Flow>>> {
    unpoisoned(WITH_DEADLINE.lock())
}

/// Ends the executions that have waited too long. The watchdog asks often.
pub(crate) fn end_overdue() {
    let now = Instant::now();
    let mut overdue = Vec::new();
    let mut flows = with_deadline();
    flows.retain(|flow| match flow.upgrade() {
        Some(flow) if flow.is_overdue(now) => {
            overdue.push(flow);
            false
        }
        Some(flow) => !flow.state().over,
        None => false,
    });
    drop(flows);
    for flow in overdue {
        if let Some(execution) = flow.execution() {
            execution.note_overdue();
        }
        flow.end(EarlyEnd::Deadline);
    }
}
