//! Running functions, and what clients can see of it.

pub(crate) mod batch;
pub(crate) mod call;
pub(crate) mod duty;
pub(crate) mod feed;
mod late;
mod progress;
pub(crate) mod reply;
pub(crate) mod run;
mod shown;
mod spread;
pub(crate) mod table;
pub(crate) mod view;
pub(crate) mod waiting;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use gears_model::{End, Id, Load, State};
use gears_server::{BlockedClient, Context, Refusal, Reply};
use pyo3::prelude::*;

use crate::config::config;
use crate::flow::{self, Flow};
use crate::ground::journal;
use crate::ground::poison::unpoisoned;
use crate::lock::gil;
use crate::plan::{Function, Outcome};
use crate::registration::{Registration, registry, slow};
use crate::thread::lane::Lane;
use crate::thread::worker::{Job, Lost, workers};
use crate::watchdog::{Grace, OVERDUE, Slot, Subject};
use late::Late;
use progress::{Ending, Progress, Why};
use reply::{reply_errors, reply_outcome};
use waiting::Waiting;

pub(crate) use batch::{Batch, Task, Waits, start_run};
pub(crate) use shown::Shown;
pub(crate) use spread::{Spread, SpreadRecords, spread_by};
pub(crate) use table::executions;

/// What clients are told when no more work can wait.
const QUEUE_FULL: &str = "too many executions are waiting, try again when some have ended";

/// What clients are told who cannot wait where they are.
const CANNOT_WAIT: &str = "can not run a non-sync execution inside a MULTI/LUA \
     (blocking is not allowed) or on loading.";

/// Checks that the client of a call can wait for a worker.
///
/// # Errors
///
/// For a client that cannot.
pub(crate) fn check_can_wait(context: &Context) -> Result<(), Refusal> {
    if context.denies_blocking() {
        return Err(Refusal::new(CANNOT_WAIT));
    }
    check_room()
}

/// Checks that more work can wait, and that somebody will do it.
pub(crate) fn check_room() -> Result<(), Refusal> {
    let workers = workers();
    if workers.is_deserted() {
        return Err(late::deserted());
    }
    if workers.is_full() {
        return Err(Refusal::new(QUEUE_FULL));
    }
    Ok(())
}

/// Hands a call to the workers, in the lane of a registration that keeps order.
///
/// A job that is refused is dropped here, its client answered by that, and its
/// execution never was.
pub(crate) fn submit_call(lane: Option<Arc<Lane>>, job: Job, execution: Id) {
    let submitted = match lane {
        Some(lane) => lane.submit(workers(), job),
        None => workers().submit(job),
    };
    if submitted.is_err() {
        executions().forget(execution);
    }
}

/// One run of a function.
pub(crate) struct Execution {
    /// Its id, with the shard that drives it.
    pub(crate) id: Id,
    /// The registration that caused it, if one did.
    cause: Option<Id>,
    /// Where it is counted.
    load: Option<Arc<Load>>,
    pub(crate) function: Arc<Function>,
    /// How many records were read so far.
    records: AtomicUsize,
    /// Whether each key of the database is to be a record.
    reads_all_keys: bool,
    is_shared: AtomicBool,
    /// Whether it is a part of another one.
    is_part: bool,
    /// How many other shards have got ready for it, and how many of them have ended.
    ready: AtomicUsize,
    ended: AtomicUsize,
    progress: Mutex<Progress>,
}

impl Execution {
    fn new(id: Id, function: Arc<Function>, waiting: Waiting) -> Self {
        Self {
            id,
            cause: None,
            load: None,
            function,
            records: AtomicUsize::new(0),
            reads_all_keys: false,
            is_shared: AtomicBool::new(false),
            is_part: false,
            ready: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            progress: Mutex::new(Progress::new(waiting)),
        }
    }

    /// Counts it for the registration that causes it.
    fn caused_by(mut self, registration: &Registration) -> Self {
        self.cause = Some(registration.id);
        registration.load.enter(State::Created);
        self.load = Some(Arc::clone(&registration.load));
        self
    }

    /// Returns the registration that caused it, if one did.
    pub(crate) fn cause(&self) -> Option<Id> {
        self.cause
    }

    /// Takes it off the list.
    pub(crate) fn unlist(&self) {
        // A part goes by the id of the whole.
        if !self.is_part {
            executions().forget(self.id);
        }
    }

    /// Says whether other shards know it as well.
    pub(crate) fn is_shared(&self) -> bool {
        self.is_shared.load(Ordering::Relaxed)
    }

    /// Notes that other shards know it as well.
    pub(crate) fn note_shared(&self) {
        self.is_shared.store(true, Ordering::Relaxed);
    }

    /// Says whether each key of the database is to be a record.
    pub(crate) fn reads_all_keys(&self) -> bool {
        self.reads_all_keys
    }

    /// Counts a shard that has got ready for it.
    pub(crate) fn note_ready(&self) {
        self.ready.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a shard that has done its part.
    pub(crate) fn note_part_ended(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how many other shards have got ready for it, and how many of them have ended.
    pub(crate) fn shards(&self) -> (u64, u64) {
        let count = |count: &AtomicUsize| count.load(Ordering::Relaxed) as u64;
        (count(&self.ready), count(&self.ended))
    }

    /// Notes how long a part of its steps took, from this one on, and reading for them.
    pub(crate) fn note_steps(&self, first: usize, steps: &[Duration], read: Duration) {
        let mut progress = self.progress();
        progress
            .parts
            .resize(self.function.plan().len(), Duration::ZERO);
        for (sum, took) in progress.parts.iter_mut().skip(first).zip(steps) {
            *sum += *took;
        }
        progress.parts_read += read;
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
    pub(crate) fn begin(self: &Arc<Self>, slot: &Arc<Slot>) -> bool {
        let mut progress = self.progress();
        if progress.state != State::Created {
            return false;
        }
        self.turn(&mut progress, State::Running);
        progress.began = Some(Instant::now());
        if let Some(waiting) = &mut progress.waiting {
            waiting.begin_measuring();
        }
        self.run_in(&mut progress, slot);
        true
    }

    fn run_in(self: &Arc<Self>, progress: &mut Progress, slot: &Arc<Slot>) {
        slot.set_subject(self);
        progress.slot = Some(Arc::clone(slot));
    }

    /// Notes that the code waits for coroutines or futures; says no if the
    /// execution shall end instead.
    fn suspend(&self, flow: &Arc<Flow>) -> bool {
        let mut progress = self.progress();
        progress.slot = None;
        progress.flow = Some(Arc::clone(flow));
        progress.ending.is_none()
    }

    /// Notes that the code goes on; says no if the execution shall end instead.
    fn resume(self: &Arc<Self>, slot: &Arc<Slot>) -> bool {
        let mut progress = self.progress();
        if progress.ending.is_some() {
            return false;
        }
        self.run_in(&mut progress, slot);
        progress.flow = None;
        true
    }

    /// Takes over to tell those who wait, whom this brings; nothing if somebody
    /// has done so.
    pub(crate) fn claim(&self) -> Option<Waiting> {
        self.progress().waiting.take()
    }

    /// Says how far the end of the execution is, if it still has to end.
    fn ending(&self) -> Option<Late> {
        let progress = self.progress();
        let ending = progress.ending.filter(|_| progress.waiting.is_some())?;
        let slot = progress.thread();
        Some(match ending.grace.is_over(slot.as_deref()) {
            true => Late::Over(ending.why),
            false => Late::InTime,
        })
    }

    /// Notes that the execution has to end, which is looked at again later.
    fn must_end(self: &Arc<Self>, progress: &mut Progress, why: Why) {
        if progress.ending.is_none() {
            let grace = Grace::begin(progress.thread().as_deref());
            progress.ending = Some(Ending { why, grace });
            late::note(self);
        }
    }

    /// Notes what came out, and whether the execution was aborted, and answers
    /// those who wait for it.
    pub(crate) fn end_as(&self, py: Python<'_>, outcome: Outcome, state: State) {
        let mut progress = self.progress();
        let state = progress.state_at_end(&outcome, state);
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
    pub(crate) fn abort(self: &Arc<Self>, client: impl FnOnce() -> Option<BlockedClient>) -> bool {
        let mut progress = self.progress();
        match progress.state {
            State::Created => {
                drop(progress);
                self.end_unbegun(None);
                false
            }
            State::Running => {
                if let Some(slot) = &progress.slot {
                    slot.abort();
                }
                if let Some(flow) = &progress.flow {
                    flow.end(flow::EarlyEnd::Aborted);
                }
                self.must_end(&mut progress, Why::Aborted);
                progress.wait_for_end.extend(client());
                true
            }
            State::Done | State::Aborted => false,
        }
    }

    /// Ends an execution that has not begun, with an error or because somebody
    /// has aborted it.
    pub(crate) fn end_unbegun(&self, error: Option<&Refusal>) {
        let mut progress = self.progress();
        if progress.state != State::Created {
            return;
        }
        let Some(waiting) = progress.waiting.take() else {
            return;
        };
        self.turn(&mut progress, State::Aborted);
        let waited = progress.end_without_results(error);
        drop(progress);
        if let Some(registration) = self.registration() {
            registration.note_aborted();
        }
        waiting.end(error);
        waited.answer(error);
    }

    /// Ends the execution in place of its code, which does not come back: those
    /// who wait are told, and its worker is replaced.
    fn give_up(&self, why: Why) {
        let mut progress = self.progress();
        // On the server's main thread everybody waits for the code itself.
        let on_worker = |slot: &Arc<Slot>| slot.post().is_some();
        if !progress.slot.as_ref().is_none_or(on_worker) {
            return;
        }
        let Some(waiting) = progress.waiting.take() else {
            return;
        };
        // Within the same lock, so that the worker knows that it is lost when it
        // finds that the execution is not its own any more.
        let post = progress.slot.take().and_then(|slot| slot.post().cloned());
        let legacy = post.as_ref().and_then(|post| post.lose());
        let (state, error) = match why {
            Why::Deadline => (State::Done, lost(OVERDUE, post.is_some())),
            Why::Aborted => (State::Aborted, lost("it was aborted", post.is_some())),
        };
        self.turn(&mut progress, state);
        progress.total = progress.age();
        let total = progress.total;
        let waited = progress.end_without_results(Some(&error));
        drop(progress);
        if let Some(legacy) = legacy {
            legacy();
        }
        let registration = self.registration();
        if let Some(post) = post {
            let lost = Lost::new(self.name(), self.id);
            let replaced = workers().replace(&post, lost);
            let about = registration.as_deref().map(Registration::about);
            journal::lost(about.as_ref(), self.id, replaced);
        }
        match &registration {
            Some(registration) if why == Why::Aborted => registration.note_aborted(),
            Some(registration) => {
                registration.note_ended(&End::Overdue(&error.to_string()), total);
                if slow::is_slow(total) {
                    // What it was about is its code's, which does not come back.
                    slow::note(registration, total, waiting.is_listed().then(Vec::new));
                }
            }
            None => {}
        }
        if !waiting.is_listed() {
            self.unlist();
        } else if let Some(registration) = &registration {
            list_ended(registration, self);
        }
        waiting.end(Some(&error));
        waited.answer(Some(&error));
    }

    /// Returns how long it may take on a worker.
    fn limit(&self) -> Option<Duration> {
        match self.registration() {
            Some(registration) => registration.limit_on_worker(),
            None => config().async_deadline(),
        }
    }

    /// Finds the registration that caused it, if that is there still.
    pub(crate) fn registration(&self) -> Option<Arc<Registration>> {
        registry().by_id(self.cause()?)
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
    ///
    /// # Errors
    ///
    /// When results cannot be told without Python, and that cannot be had.
    pub(crate) fn reply(&self, to: &mut impl Reply) -> Result<(), Refusal> {
        if !self.progress().outcome.results.is_empty() {
            return gil::attach(|py| reply_outcome(py, &self.progress().outcome, to));
        }
        to.array(2);
        to.array(0);
        reply_errors(&self.progress().outcome, to);
        Ok(())
    }

    fn turn(&self, progress: &mut Progress, state: State) {
        if let Some(load) = &self.load {
            load.leave(progress.state);
            load.enter(state);
        }
        progress.state = state;
    }

    /// Looks at the progress.
    pub(crate) fn progress(&self) -> MutexGuard<'_, Progress> {
        unpoisoned(self.progress.lock())
    }
}

impl Subject for Execution {
    fn name(&self) -> String {
        match self.registration() {
            Some(registration) => registration.name(),
            None => format!("the run {}", self.id),
        }
    }

    fn note_overdue(self: Arc<Self>) {
        let mut progress = self.progress();
        if progress.state == State::Running {
            self.must_end(&mut progress, Why::Deadline);
        }
    }
}

/// Ends and gives up what has to end by now. The watchdog asks often.
pub(crate) fn end_late() {
    flow::end_overdue();
    late::give_up();
}

/// One that was given up before its end is not counted any more.
impl Drop for Execution {
    fn drop(&mut self) {
        let progress = self.progress.get_mut();
        let progress = unpoisoned(progress);
        if let Some(load) = &self.load {
            load.leave(progress.state);
        }
    }
}

/// What clients are told of code that has not ended when it had to.
fn lost(why: &str, in_code: bool) -> Refusal {
    let mut text = format!("Error type: <class 'gears.forcestopped'>, Value: {why}");
    if in_code {
        text.push_str(
            ", but is still in code that does not return to Python, such as a sleep or a read \
             without a timeout; give it one",
        );
    }
    Refusal::whole(text)
}

/// Keeps the list of a registration's ended executions as long as allowed.
pub(crate) fn list_ended(registration: &Registration, execution: &Execution) {
    let most = config().max_executions_per_registration();
    for id in registration.note_listed(execution.id, most) {
        executions().forget(id);
    }
}
