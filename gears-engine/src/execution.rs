//! Running functions: triggered ones and those that run once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::api::{BlockedClient, Context, Recorded, Reply};
use crate::engine;
use crate::plan::{Outcome, Pipeline};
use crate::python::convert;
use crate::python::script::Run;
use crate::registration::{End, Mode, Registration, print_id};

/// How many executions are kept for clients that ask later (`MaxExecutions`).
const MOST_KEPT: usize = 1_000;

/// What clients are told when no more work can wait.
const QUEUE_FULL: &str = "ERR too many executions are waiting, try again when some have ended";

/// Runs a triggered function and answers, now or from a worker.
///
/// # Errors
///
/// The text for a client that cannot wait where it is.
pub(crate) fn trigger<'a>(
    mut context: &Context,
    registration: Arc<Registration>,
    words: impl Iterator<Item = &'a [u8]>,
) -> Result<(), String> {
    if registration.mode == Mode::Sync {
        Python::attach(|py| run_trigger(py, &registration, words, &mut context));
        return Ok(());
    }
    if context.denies_blocking() {
        return Err(
            "ERR can not run a non-sync execution inside a MULTI/LUA (blocking is not allowed) or on loading."
                .to_owned(),
        );
    }
    let engine = engine::get();
    if engine.workers.is_full() {
        return Err(QUEUE_FULL.to_owned());
    }
    let words: Vec<Vec<u8>> = words.map(<[u8]>::to_vec).collect();
    let client = context.block_client();
    let lane = registration
        .in_order
        .then(|| Arc::clone(&registration.lane));
    let job = Box::new(move |py: Python<'_>| {
        let mut reply = Recorded::new();
        if registration.is_aborted() {
            registration.note_aborted();
            reply.array(0);
        } else {
            let words = words.iter().map(Vec::as_slice);
            run_trigger(py, &registration, words, &mut reply);
        }
        // The answer wakes the main thread, which need not wait for the GIL
        // until there is something else to run.
        client.answer(reply);
    });
    // A job that is refused is dropped here, and its client answered by that.
    let _ = match lane {
        Some(lane) => lane.submit(&engine.workers, job),
        None => engine.workers.submit(job),
    };
    Ok(())
}

fn run_trigger<'a>(
    py: Python<'_>,
    registration: &Registration,
    words: impl Iterator<Item = &'a [u8]>,
    reply: &mut impl Reply,
) {
    registration.note_triggered();
    let started = Instant::now();
    let outcome = run_record(py, registration, words);
    let end = match outcome.errors.first() {
        None => End::Succeeded,
        Some(error) => End::Failed(error),
    };
    registration.note_ended(&end, started.elapsed());
    match outcome.errors.first() {
        // The first error is the whole answer (spec section 1.2).
        Some(error) => reply.error(error),
        None => reply_results(py, &outcome, reply),
    }
}

fn run_record<'a>(
    py: Python<'_>,
    registration: &Registration,
    words: impl Iterator<Item = &'a [u8]>,
) -> Outcome {
    let mut pipeline = Pipeline::new(py, &registration.plan);
    let words: Vec<_> = words.map(|word| convert::text_or_bytes(py, word)).collect();
    match PyList::new(py, words) {
        Ok(record) => {
            pipeline.push(record.into_any());
        }
        Err(error) => pipeline.fail(error),
    }
    pipeline.finish()
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

/// What an execution is doing (spec section 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Created,
    Running,
    Done,
}

impl State {
    /// Names the state as replies do.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Done => "done",
        }
    }
}

/// One run of a function that clients can look up.
pub(crate) struct Execution {
    pub(crate) number: u64,
    state: Mutex<State>,
}

impl Execution {
    /// Returns what the execution is doing.
    pub(crate) fn state(&self) -> State {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_state(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

/// The executions that are kept, and the numbers given so far.
#[derive(Default)]
pub(crate) struct Executions {
    next: AtomicU64,
    kept: Mutex<BTreeMap<u64, Arc<Execution>>>,
}

impl Executions {
    /// Returns all kept executions in the order of their numbers.
    pub(crate) fn all(&self) -> Vec<Arc<Execution>> {
        self.kept().values().cloned().collect()
    }

    /// Runs a function on a worker, and answers `client` if one waits for it.
    ///
    /// Returns the execution's id. An execution that somebody waits for is
    /// forgotten when it ends, any other is kept.
    ///
    /// # Errors
    ///
    /// The text for the client when no more work can wait.
    pub(crate) fn start(
        &self,
        run: Run,
        client: impl FnOnce() -> Option<BlockedClient>,
    ) -> Result<String, String> {
        let engine = engine::get();
        if engine.workers.is_full() {
            return Err(QUEUE_FULL.to_owned());
        }
        let client = client();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let execution = Arc::new(Execution {
            number,
            state: Mutex::new(State::Created),
        });
        if client.is_none() {
            self.keep(Arc::clone(&execution));
        }
        let job = Box::new(move |py: Python<'_>| {
            execution.set_state(State::Running);
            let mut pipeline = Pipeline::new(py, &run.plan);
            run.reader.feed(py, &mut pipeline);
            let outcome = pipeline.finish();
            execution.set_state(State::Done);
            if let Some(client) = client {
                let mut reply = Recorded::new();
                reply_outcome(py, &outcome, &mut reply);
                client.answer(reply);
            }
        });
        let _ = engine.workers.submit(job);
        Ok(print_id(number))
    }

    /// The oldest one goes when there are too many (spec section 6.2).
    fn keep(&self, execution: Arc<Execution>) {
        let mut kept = self.kept();
        if kept.len() >= MOST_KEPT {
            kept.pop_first();
        }
        kept.insert(execution.number, execution);
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Execution>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
