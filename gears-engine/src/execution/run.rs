//! Executions that wait for coroutines and futures without keeping a worker.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gears_model::State;
use pyo3::ffi;
use pyo3::prelude::*;

use super::Execution;
use crate::code::{permissions, profile};
use crate::flow::{self, EarlyEnd, Flow, coroutine};
use crate::plan::{Outcome, Pipeline};
use crate::python::failure;
use crate::reader::{Broken, Source};
use crate::session::user::{self, User};
use crate::session::{Session, current};
use crate::thread::worker::workers;
use crate::watchdog::{Subject, Watched};

/// How many coroutines may be begun before the event loop is told.
const START_AT: usize = 64;

/// What is done with the outcome when all records have arrived; the state is
/// `Aborted` when somebody ended the execution while it waited.
pub(crate) type Then = Box<dyn FnOnce(Python<'_>, Outcome, State) + Send>;

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

    /// Prepares the end of what ran on several shards: these came out.
    pub(crate) fn gathered(
        session: &Arc<Session>,
        records: Vec<Py<PyAny>>,
        errors: Vec<String>,
        started: Instant,
    ) -> Self {
        let mut pipeline = Pipeline::new(&Arc::default(), session, false);
        for error in errors {
            pipeline.fail_with(error);
        }
        Self::new(pipeline, Source::Records(records.into()), started).reading_on()
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
        let _session = current::enter(Some(Arc::clone(self.pipeline.session())));
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
            let Some(landed) = flow.take_landed() else {
                return false;
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
            Broken::Server(failure) => self.pipeline.fail_with(failure.message),
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
        drop(flow.close());
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
            then(py, self.into_outcome(), State::Done);
            return;
        };
        if let Some(limit) = limit {
            let execution: Arc<dyn Subject> = Arc::clone(&execution) as _;
            flow.must_end_at(self.started.checked_add(limit), Arc::downgrade(&execution));
        }
        Box::new(Parked {
            user: permissions::remembered(py),
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

impl flow::Parked for Parked {
    /// What began is let in before what has not, and however long the queue is.
    fn resume(self: Box<Self>) {
        workers().submit_first(Box::new(move |py: Python<'_>| self.go_on(py)));
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
            self.flow.note_end(EarlyEnd::Aborted);
        }
        let flow = Arc::clone(&self.flow);
        if let Err(run) = flow.park(self) {
            flow::Parked::resume(run);
        }
    }

    fn go_on(mut self: Box<Self>, py: Python<'_>) {
        let watched = Watched::begin(py, self.flow.time_left());
        let _user = user::run_as(self.user.clone());
        let context = self.context.take();
        let entered = context.as_ref().map(|context| context.enter(py));
        let goes_on = self.execution.resume(watched.slot());
        let end = if goes_on {
            self.flow.early_end()
        } else {
            Some(self.flow.note_end(EarlyEnd::Aborted))
        };
        if end.is_none() {
            if self.run.drive(py) {
                self.finish(py, State::Done);
            } else {
                drop(entered);
                drop(watched);
                self.context = context;
                self.park();
                return;
            }
        } else {
            if end == Some(EarlyEnd::Deadline) {
                self.run.pipeline.fail_with(failure::of_deadline());
            }
            let state = match end {
                Some(EarlyEnd::Aborted) => State::Aborted,
                _ => State::Done,
            };
            self.finish(py, state);
        }
        drop(entered);
        drop(watched);
    }

    fn finish(mut self, py: Python<'_>, state: State) {
        self.run.give_up(py, &self.flow);
        (self.then)(py, self.run.into_outcome(), state);
    }
}
