//! Running functions, and what clients can see of it.

pub(crate) mod ahead;
mod batch;
pub(crate) mod dropped;
pub(crate) mod flow;
mod hook;
mod key_event;
mod load;
mod stream;
mod table;
mod trigger;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::api::{BlockedClient, Context, Recorded, Reply};
use crate::engine;
use crate::lane::Lane;
use crate::plan::{Outcome, Plan};
use crate::python::convert;
use crate::registration::Registration;
use crate::watchdog::Slot;
use crate::worker::Job;

pub(crate) use batch::{Waits, start_run};
pub(crate) use flow::Flow;
pub(crate) use hook::{HookedCall, call_next, serve_hooked};
pub(crate) use key_event::{EventQueue, key_event_caught_up, key_event_later, key_event_now};
pub(crate) use load::Load;
pub(crate) use stream::{Entry, entries, entry_record, read_existing_streams, read_stream};
pub(crate) use table::Executions;
pub(crate) use trigger::trigger;

/// What clients are told when no more work can wait.
pub(crate) const QUEUE_FULL: &str =
    "ERR too many executions are waiting, try again when some have ended";

/// What clients are told who cannot wait where they are.
const CANNOT_WAIT: &str = "ERR can not run a non-sync execution inside a MULTI/LUA \
     (blocking is not allowed) or on loading.";

/// Checks that the client of a call can wait for a worker.
///
/// # Errors
///
/// The text for a client that cannot.
fn check_can_wait(context: &Context) -> Result<(), String> {
    if context.denies_blocking() {
        return Err(CANNOT_WAIT.to_owned());
    }
    if engine::get().workers.is_full() {
        return Err(QUEUE_FULL.to_owned());
    }
    Ok(())
}

/// Hands a call to the workers, in the lane of a registration that keeps order.
///
/// A job that is refused is dropped here, its client answered by that, and its
/// execution never was.
fn submit_call(lane: Option<Arc<Lane>>, job: Job, number: u64) {
    let engine = engine::get();
    let submitted = match lane {
        Some(lane) => lane.submit(&engine.workers, job),
        None => engine.workers.submit(job),
    };
    if submitted.is_err() {
        engine.executions.forget(number);
    }
}

/// What an execution is doing (spec section 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Created,
    Running,
    Done,
    Aborted,
}

impl State {
    /// Names the state as replies do.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Done => "done",
            Self::Aborted => "aborted",
        }
    }

    /// Says whether nothing more will happen.
    pub(crate) fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Aborted)
    }
}

/// One run of a function.
pub(crate) struct Execution {
    pub(crate) number: u64,
    /// The registration that caused it, and where it is counted.
    cause: Option<(u64, Arc<Load>)>,
    pub(crate) plan: Arc<Plan>,
    /// How many records were read so far.
    records: AtomicUsize,
    /// Whether each key of the database is to be a record.
    reads_all_keys: bool,
    progress: Mutex<Progress>,
}

/// How far an execution is.
pub(crate) struct Progress {
    pub(crate) state: State,
    pub(crate) outcome: Outcome,
    pub(crate) total: Duration,
    pub(crate) read: Duration,
    created: Instant,
    began: Option<Instant>,
    /// Where the code runs, while it runs.
    slot: Option<Arc<Slot>>,
    /// What it waits for, when it has to wait.
    flow: Option<Arc<Flow>>,
    /// Somebody wants it to end.
    aborting: bool,
    wait_for_results: Vec<BlockedClient>,
    wait_for_end: Vec<BlockedClient>,
}

impl Execution {
    fn new(
        number: u64,
        cause: Option<&Registration>,
        plan: Arc<Plan>,
        reads_all_keys: bool,
    ) -> Self {
        let cause = cause.map(|cause| (cause.number, Arc::clone(&cause.load)));
        if let Some((_, load)) = &cause {
            load.enter(State::Created);
        }
        Self {
            number,
            cause,
            plan,
            records: AtomicUsize::new(0),
            reads_all_keys,
            progress: Mutex::new(Progress {
                state: State::Created,
                outcome: Outcome::default(),
                total: Duration::ZERO,
                read: Duration::ZERO,
                created: Instant::now(),
                began: None,
                slot: None,
                flow: None,
                aborting: false,
                wait_for_results: Vec::new(),
                wait_for_end: Vec::new(),
            }),
        }
    }

    /// Returns the number of the registration that caused it, if one did.
    pub(crate) fn cause(&self) -> Option<u64> {
        self.cause.as_ref().map(|(number, _)| *number)
    }

    /// Says whether each key of the database is to be a record.
    pub(crate) fn reads_all_keys(&self) -> bool {
        self.reads_all_keys
    }

    /// Counts records that were read.
    pub(crate) fn note_records(&self, count: usize) {
        self.records.fetch_add(count, Ordering::Relaxed);
    }

    /// Returns how many records were read so far.
    pub(crate) fn records(&self) -> usize {
        self.records.load(Ordering::Relaxed)
    }

    /// Returns what the execution is doing.
    pub(crate) fn state(&self) -> State {
        self.progress().state
    }

    /// Notes that the code begins; says no if the execution was aborted before.
    pub(crate) fn begin(&self, slot: &Arc<Slot>) -> bool {
        let mut progress = self.progress();
        if progress.state != State::Created {
            return false;
        }
        self.turn(&mut progress, State::Running);
        progress.began = Some(Instant::now());
        progress.slot = Some(Arc::clone(slot));
        true
    }

    /// Notes that the code waits for coroutines or futures; says no if the
    /// execution shall end instead.
    fn suspend(&self, flow: &Arc<Flow>) -> bool {
        let mut progress = self.progress();
        progress.slot = None;
        progress.flow = Some(Arc::clone(flow));
        !progress.aborting
    }

    /// Notes that the code goes on; says no if the execution shall end instead.
    fn resume(&self, slot: &Arc<Slot>) -> bool {
        let mut progress = self.progress();
        if progress.aborting {
            return false;
        }
        progress.slot = Some(Arc::clone(slot));
        progress.flow = None;
        true
    }

    /// Notes what came out and answers those who wait for it.
    pub(crate) fn end(&self, py: Python<'_>, outcome: Outcome) {
        self.end_as(py, outcome, State::Done);
    }

    /// As [`Execution::end`], for an execution that may have been aborted.
    pub(crate) fn end_as(&self, py: Python<'_>, outcome: Outcome, state: State) {
        let mut progress = self.progress();
        self.turn(&mut progress, state);
        progress.read = outcome.read;
        progress.total = progress
            .began
            .map_or(Duration::ZERO, |began| began.elapsed());
        progress.slot = None;
        progress.flow = None;
        progress.outcome = outcome;
        progress.answer_all(py);
    }

    /// Ends the execution: at once if it has not begun, else as soon as its
    /// code can be stopped. `client` makes a client wait until then; returns
    /// false when there is nothing to wait for.
    pub(crate) fn abort(&self, py: Python<'_>, client: impl FnOnce() -> BlockedClient) -> bool {
        let mut progress = self.progress();
        match progress.state {
            State::Created => {
                self.turn(&mut progress, State::Aborted);
                progress.answer_all(py);
                false
            }
            State::Running => {
                progress.aborting = true;
                if let Some(slot) = &progress.slot {
                    slot.abort();
                }
                if let Some(flow) = &progress.flow {
                    flow.end(flow::EarlyEnd::Aborted);
                }
                let client = client();
                progress.wait_for_end.push(client);
                true
            }
            State::Done | State::Aborted => false,
        }
    }

    /// Has a client wait for the results; returns false when they are there.
    pub(crate) fn wait(&self, client: impl FnOnce() -> BlockedClient) -> bool {
        let mut progress = self.progress();
        if progress.state.has_ended() {
            return false;
        }
        let client = client();
        progress.wait_for_results.push(client);
        true
    }

    /// Answers with results and errors.
    pub(crate) fn reply(&self, py: Python<'_>, to: &mut impl Reply) {
        reply_outcome(py, &self.progress().outcome, to);
    }

    fn turn(&self, progress: &mut Progress, state: State) {
        if let Some((_, load)) = &self.cause {
            load.leave(progress.state);
            load.enter(state);
        }
        progress.state = state;
    }

    /// Looks at the progress.
    pub(crate) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One that was given up before its end is not counted any more.
impl Drop for Execution {
    fn drop(&mut self) {
        let progress = self.progress.get_mut();
        let progress = progress.unwrap_or_else(PoisonError::into_inner);
        if let Some((_, load)) = &self.cause {
            load.leave(progress.state);
        }
    }
}

impl Progress {
    /// Returns for how long it has run, or waited if it has not begun.
    pub(crate) fn age(&self) -> Duration {
        self.began.unwrap_or(self.created).elapsed()
    }

    fn answer_all(&mut self, py: Python<'_>) {
        for client in self.wait_for_results.drain(..) {
            let mut reply = Recorded::new();
            reply_outcome(py, &self.outcome, &mut reply);
            client.answer(reply);
        }
        for client in self.wait_for_end.drain(..) {
            let mut reply = Recorded::new();
            reply.status("OK");
            client.answer(reply);
        }
    }
}

/// Keeps the list of a registration's ended executions as long as allowed.
fn list_ended(registration: &Registration, execution: &Execution) {
    let engine = engine::get();
    let most = engine.config.max_executions_per_registration();
    for number in registration.note_listed(execution.number, most) {
        engine.executions.forget(number);
    }
}

fn reply_results(py: Python<'_>, outcome: &Outcome, reply: &mut impl Reply) {
    reply.array(outcome.results.len());
    for result in &outcome.results {
        convert::reply(reply, result.bind(py));
    }
}

fn reply_outcome(py: Python<'_>, outcome: &Outcome, reply: &mut impl Reply) {
    reply.array(2);
    reply_results(py, outcome, reply);
    reply.array(outcome.errors.len());
    for error in &outcome.errors {
        reply.bulk(error.as_bytes());
    }
}
