//! Executions that wait for coroutines and futures without keeping a worker.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gears_model::State;
use pyo3::ffi;
use pyo3::prelude::*;

use super::Execution;
use super::feed::{Fed, Feed, Sink};
use crate::code::{permissions, profile};
use crate::flow::{self, EarlyEnd, Flow, coroutine};
use crate::plan::{Outcome, Pipeline};
use crate::python::failure;
use crate::reader::{Broken, Source};
use crate::session::current;
use crate::session::user::{self, User};
use crate::thread::worker::workers;
use crate::watchdog::{Subject, Watched};

/// How many coroutines may be begun before the event loop is told.
const START_AT: usize = 64;

/// What is done with the outcome when all records have arrived; the state is
/// `Aborted` when somebody ended the execution while it waited.
pub(crate) type Then = Box<dyn FnOnce(Python<'_>, Outcome, State) + Send>;

/// Where the records of a run come from.
enum Origin {
    Reader(Source),
    /// Others bring them.
    Feed(Box<dyn Feed>),
}

/// A pipeline with the origin of its records.
pub(crate) struct Run {
    pipeline: Pipeline,
    origin: Option<Origin>,
    /// Where the records go, if they go to others.
    sink: Option<Box<dyn Sink>>,
    /// Whether it was aborted, and waits for those who feed it.
    is_ending: bool,
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
    #[inline]
    pub(crate) fn new(pipeline: Pipeline, source: Source, started: Instant) -> Self {
        Self {
            pipeline,
            // A record that is there already takes no time.
            times_reading: !matches!(source, Source::Record(_)),
            origin: Some(Origin::Reader(source)),
            sink: None,
            is_ending: false,
            reads_on: false,
            started,
            read: Duration::ZERO,
            watched_by: None,
        }
    }

    /// Prepares a run that others feed, which began at that time; `feed` is made with its flow.
    pub(crate) fn fed(
        mut pipeline: Pipeline,
        feed: impl FnOnce(Arc<Flow>) -> Box<dyn Feed>,
        started: Instant,
    ) -> Self {
        let feed = feed(pipeline.flow_with_others());
        let mut run = Self::new(pipeline, Source::Record(None), started);
        run.origin = Some(Origin::Feed(feed));
        run.reading_on()
    }

    /// Has the records go to others; `sink` is made with its flow.
    pub(crate) fn into_sink(mut self, sink: impl FnOnce(Arc<Flow>) -> Box<dyn Sink>) -> Self {
        self.sink = Some(sink(self.pipeline.flow_with_others()));
        self
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
            if self.origin.is_none() {
                if self.times_reading && self.read.is_zero() {
                    self.read = self.started.elapsed();
                }
                self.pipeline.close(py);
            }
            self.hand_on(py);
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
                self.flush();
                return false;
            };
            for (ticket, landing) in landed {
                self.pipeline.land(py, ticket, landing);
            }
        }
    }

    fn read(&mut self, py: Python<'_>) {
        if self.pipeline.only_counts()
            && let Some(Origin::Reader(source)) = &mut self.origin
            && let Some(count) = source.count(py)
        {
            match count {
                Ok(count) => {
                    if let Some(execution) = &self.watched_by {
                        execution.note_records(count);
                    }
                    self.pipeline.push_uncounted(count);
                }
                Err(broken) => self.fail(py, broken),
            }
            self.origin = None;
        }
        while let Some(origin) = &mut self.origin {
            if self.pipeline.has_enough() || !self.reads_on && !self.pipeline.wants_more() {
                self.origin = None;
                break;
            }
            if self.pipeline.is_congested() || self.sink.as_ref().is_some_and(|sink| sink.is_full())
            {
                return;
            }
            let record = match origin {
                Origin::Reader(source) => source.next(py),
                Origin::Feed(feed) => match feed.next(py) {
                    Fed::Record(record) => Ok(Some(record.into_bound(py))),
                    Fed::Failed(failed) => {
                        self.pipeline.fail_with(failed);
                        continue;
                    }
                    Fed::LeftOut(errors) => {
                        self.pipeline.leave_out(errors);
                        continue;
                    }
                    Fed::Later => return,
                    Fed::End => Ok(None),
                },
            };
            match record {
                Ok(Some(record)) => {
                    if let Some(execution) = &self.watched_by {
                        execution.note_records(1);
                    }
                    self.pipeline.push(py, record);
                    self.hand_on(py);
                    if self.pipeline.count_begun() >= START_AT {
                        self.start_begun(py);
                    }
                    continue;
                }
                Ok(None) => {}
                Err(broken) => self.fail(py, broken),
            }
            self.origin = None;
        }
    }

    /// Gives what has come out to those who wait for it.
    fn hand_on(&mut self, py: Python<'_>) {
        let Some(sink) = &mut self.sink else {
            return;
        };
        if self.pipeline.has_results() {
            for record in self.pipeline.take_results() {
                if let Err(failed) = sink.take(py, record) {
                    self.pipeline.fail_with(failed);
                }
            }
        }
        if sink.has_enough() {
            self.origin = None;
        }
    }

    fn flush(&mut self) {
        if let Some(sink) = &mut self.sink {
            sink.flush();
        }
    }

    /// Has those end who feed it, once, and waits for them; says no if there are none.
    fn waits_for_end(&mut self) -> bool {
        if !self.is_ending
            && let Some(Origin::Feed(feed)) = &mut self.origin
        {
            self.is_ending = feed.abort();
        }
        self.is_ending
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

    /// Returns what came out, at the end.
    pub(crate) fn outcome(&mut self) -> &Outcome {
        let outcome = self.pipeline.outcome();
        outcome.read = self.read;
        outcome
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
pub(crate) struct Variables(Py<PyAny>);

impl Variables {
    pub(crate) fn copy(py: Python<'_>) -> Option<Self> {
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
    pub(crate) fn enter<'a>(&'a self, py: Python<'a>) -> Entered<'a> {
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

pub(crate) struct Entered<'a> {
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
        if !self.execution.suspend(&self.flow) && !self.run.is_ending {
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
        let mut end = self.flow.early_end();
        if !goes_on && !self.run.is_ending {
            end = Some(self.flow.note_end(EarlyEnd::Aborted));
        }
        if end == Some(EarlyEnd::Aborted) && self.run.waits_for_end() {
            self.flow.go_on_to_end();
            end = None;
        }
        if end.is_none() {
            if self.run.drive(py) {
                let state = if self.run.is_ending {
                    State::Aborted
                } else {
                    State::Done
                };
                self.finish(py, state);
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
