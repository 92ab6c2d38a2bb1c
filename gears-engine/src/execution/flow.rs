//! Executions that wait for coroutines and futures without keeping a worker.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use pyo3::ffi;
use pyo3::prelude::*;

use super::Execution;
use crate::plan::{Landing, Outcome, Pipeline, Ticket};
use crate::python::{coroutine, failure, profile, session};
use crate::reader::{Broken, Source};
use crate::session::Session;
use crate::user::{self, User};
use crate::watchdog::{Slot, Subject, Watched};
use crate::worker::workers;

/// How many coroutines may be begun before the event loop is told.
const START_AT: usize = 64;

/// What is done with the outcome when all records have arrived; the state is
/// `Aborted` when somebody ended the execution while it waited.
pub(crate) type Then = Box<dyn FnOnce(Python<'_>, Outcome, super::State) + Send>;

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
    /// The run while it waits.
    parked: Option<Box<Parked>>,
    end: Option<EarlyEnd>,
    /// Nobody wants to know any more.
    over: bool,
    deadline: Option<Instant>,
    /// What the run belongs to, once it had to wait.
    execution: Weak<Execution>,
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

    /// Returns how long the execution may still take.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        let deadline = self.state().deadline?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    fn execution(&self) -> Option<Arc<Execution>> {
        self.state().execution.upgrade()
    }

    fn is_overdue(&self, now: Instant) -> bool {
        let state = self.state();
        !state.over && state.end.is_none() && state.deadline.is_some_and(|end| end <= now)
    }

    fn state(&self) -> MutexGuard<'_, FlowState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Those that have a deadline and have waited at least once.
static WITH_DEADLINE: Mutex<Vec<Weak<Flow>>> = Mutex::new(Vec::new());

/// Ends the executions that have waited too long. The watchdog asks often.
pub(crate) fn end_overdue() {
    let now = Instant::now();
    let mut overdue = Vec::new();
    let mut flows = WITH_DEADLINE.lock().unwrap_or_else(PoisonError::into_inner);
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

/// A pipeline with the source of its records.
pub(crate) struct Run {
    pipeline: Pipeline,
    source: Option<Source>,
    /// Whether the source goes on after an error.
    reads_on: bool,
    started: Instant,
    times_reading: bool,
    read: Duration,
    /// Who is told how many records were read.
    watched_by: Option<Arc<Execution>>,
}

impl Run {
    /// Prepares a run that began at that time.
    pub(crate) fn new(pipeline: Pipeline, source: Source, started: Instant) -> Self {
        Self {
            pipeline,
            // A record that is there already takes no time.
            times_reading: !matches!(source, Source::Record(_)),
            source: Some(source),
            reads_on: false,
            started,
            read: Duration::ZERO,
            watched_by: None,
        }
    }

    /// Tells an execution how many records were read, while it goes on.
    pub(crate) fn watched_by(mut self, execution: &Arc<Execution>) -> Self {
        self.watched_by = Some(Arc::clone(execution));
        self
    }

    /// Lets the source go on after an error: its records are in hand.
    pub(crate) fn reading_on(mut self) -> Self {
        self.reads_on = true;
        self
    }

    /// Runs until all records have arrived, or have to wait for coroutines and
    /// futures; says which. Called where the code is watched already.
    pub(crate) fn drive(&mut self, py: Python<'_>) -> bool {
        let _session = session::enter(Some(Arc::clone(self.pipeline.session())));
        let _profile = profile::begin(py, self.pipeline.session());
        loop {
            self.read(py);
            if self.source.is_none() {
                if self.times_reading && self.read.is_zero() {
                    self.read = self.started.elapsed();
                }
                self.pipeline.close(py);
            }
            self.start_begun(py);
            if self.pipeline.is_done() {
                return true;
            }
            let Some(flow) = self.pipeline.flow().cloned() else {
                return true;
            };
            if self.pipeline.is_stopped() {
                self.give_up(py, &flow);
                return true;
            }
            let landed = {
                let mut state = flow.state();
                if state.end.is_some() || state.landed.is_empty() {
                    return false;
                }
                std::mem::take(&mut state.landed)
            };
            for (ticket, landing) in landed {
                self.pipeline.land(py, ticket, landing);
            }
        }
    }

    fn read(&mut self, py: Python<'_>) {
        if self.pipeline.only_counts()
            && let Some(source) = &mut self.source
            && let Some(count) = source.count(py)
        {
            match count {
                Ok(count) => {
                    if let Some(execution) = &self.watched_by {
                        execution.note_records(count);
                    }
                    self.pipeline.push_uncounted(py, count);
                }
                Err(broken) => self.fail(py, broken),
            }
            self.source = None;
        }
        while let Some(source) = &mut self.source {
            if !self.reads_on && !self.pipeline.wants_more() {
                self.source = None;
                break;
            }
            if self.pipeline.is_congested() {
                return;
            }
            match source.next(py) {
                Ok(Some(record)) => {
                    if let Some(execution) = &self.watched_by {
                        execution.note_records(1);
                    }
                    self.pipeline.push(py, record);
                    if self.pipeline.count_begun() >= START_AT {
                        self.start_begun(py);
                    }
                    continue;
                }
                Ok(None) => {}
                Err(broken) => self.fail(py, broken),
            }
            self.source = None;
        }
    }

    fn fail(&mut self, py: Python<'_>, broken: Broken) {
        match broken {
            Broken::Python(error) => self.pipeline.fail(py, &error),
            Broken::Server(error) => self.pipeline.fail_with(error),
        }
    }

    fn start_begun(&mut self, py: Python<'_>) {
        let begun = self.pipeline.take_begun();
        if begun.is_empty() {
            return;
        }
        if let Err(error) = coroutine::start(py, begun) {
            // Dropping the coroutines lands their records with an error.
            failure::log(py, "coroutines cannot be started", &error);
        }
    }

    /// Gives up what waits.
    fn give_up(&mut self, py: Python<'_>, flow: &Flow) {
        let unwanted = {
            let mut state = flow.state();
            state.over = true;
            std::mem::take(&mut state.landed)
        };
        drop(unwanted);
        let coroutines = self.pipeline.abandon();
        if !coroutines.is_empty()
            && let Err(error) = coroutine::cancel(py, coroutines)
        {
            failure::log(py, "coroutines cannot be cancelled", &error);
        }
    }

    /// Returns what came out.
    pub(crate) fn into_outcome(self) -> Outcome {
        let mut outcome = self.pipeline.into_outcome();
        outcome.read = self.read;
        outcome
    }

    /// Returns when the run began.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Puts the run aside until a coroutine or a future ends; `then` gets the
    /// outcome. `limit` is for the whole execution, from its beginning on.
    pub(crate) fn park(
        self,
        py: Python<'_>,
        execution: Arc<Execution>,
        limit: Option<Duration>,
        then: Then,
    ) {
        let Some(flow) = self.pipeline.flow().cloned() else {
            // Without a flow nothing can wait.
            then(py, self.into_outcome(), super::State::Done);
            return;
        };
        if let Some(limit) = limit {
            let mut state = flow.state();
            state.deadline = self.started.checked_add(limit);
            state.execution = Arc::downgrade(&execution);
            drop(state);
            WITH_DEADLINE
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(Arc::downgrade(&flow));
        }
        Box::new(Parked {
            user: user::remembered(py),
            context: Variables::copy(py),
            run: self,
            flow,
            execution,
            then,
        })
        .park();
    }
}

/// The context variables of code that was put aside, such as the client's
/// command that it is about.
struct Variables(Py<PyAny>);

impl Variables {
    fn copy(py: Python<'_>) -> Option<Self> {
        // SAFETY: the thread is attached; the call returns a new reference, or
        // null with an exception.
        let copied = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyContext_CopyCurrent()) };
        match copied {
            Ok(copied) => Some(Self(copied.unbind())),
            Err(error) => {
                failure::log(py, "context variables cannot be kept", &error);
                None
            }
        }
    }

    /// Lets them be seen until the guard is dropped.
    fn enter<'a>(&'a self, py: Python<'a>) -> Entered<'a> {
        // SAFETY: the thread is attached and the pointer is a live context.
        let entered = unsafe { ffi::PyContext_Enter(self.0.as_ptr()) } == 0;
        if !entered {
            failure::log(py, "context variables cannot be seen", &PyErr::fetch(py));
        }
        Entered {
            variables: &self.0,
            entered,
        }
    }
}

struct Entered<'a> {
    variables: &'a Py<PyAny>,
    entered: bool,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // SAFETY: this thread is attached and entered the context, which lives.
        if self.entered && unsafe { ffi::PyContext_Exit(self.variables.as_ptr()) } != 0 {
            Python::attach(|py| {
                failure::log(py, "context variables cannot be left", &PyErr::fetch(py));
            });
        }
    }
}

/// A run that waits.
struct Parked {
    /// Whose permissions the rest has.
    user: User,
    context: Option<Variables>,
    run: Run,
    flow: Arc<Flow>,
    execution: Arc<Execution>,
    then: Then,
}

impl Parked {
    fn park(self: Box<Self>) {
        if !self.execution.suspend(&self.flow) {
            self.flow.state().end.get_or_insert(EarlyEnd::Aborted);
        }
        let flow = Arc::clone(&self.flow);
        let mut state = flow.state();
        if state.end.is_none() && state.landed.is_empty() {
            state.parked = Some(self);
            return;
        }
        drop(state);
        self.resume();
    }

    /// Has a worker go on. What began is let in before what has not, and
    /// however long the queue is.
    fn resume(self: Box<Self>) {
        workers().submit_first(Box::new(move |py: Python<'_>| self.go_on(py)));
    }

    fn go_on(mut self: Box<Self>, py: Python<'_>) {
        let watched = Watched::begin(py, self.flow.time_left());
        let _user = user::run_as(self.user.clone());
        let context = self.context.take();
        let entered = context.as_ref().map(|context| context.enter(py));
        let goes_on = self.execution.resume(watched.slot());
        let end = {
            let mut state = self.flow.state();
            if !goes_on {
                state.end.get_or_insert(EarlyEnd::Aborted);
            }
            state.end
        };
        if end.is_none() {
            if self.run.drive(py) {
                self.finish(py, super::State::Done);
            } else {
                drop(entered);
                drop(watched);
                self.context = context;
                self.park();
                return;
            }
        } else {
            if end == Some(EarlyEnd::Deadline) {
                self.run.pipeline.fail_with(failure::deadline_text());
            }
            let state = match end {
                Some(EarlyEnd::Aborted) => super::State::Aborted,
                _ => super::State::Done,
            };
            self.finish(py, state);
        }
        drop(entered);
        drop(watched);
    }

    fn finish(mut self, py: Python<'_>, state: super::State) {
        self.run.give_up(py, &self.flow);
        (self.then)(py, self.run.into_outcome(), state);
    }
}
