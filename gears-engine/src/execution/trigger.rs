//! Functions that a client calls by their trigger.

use std::sync::Arc;
use std::time::Instant;

use pyo3::prelude::*;
use pyo3::types::PyList;

use super::{QUEUE_FULL, reply_results};
use crate::api::{Context, Recorded, Reply};
use crate::engine;
use crate::plan::{Outcome, Pipeline};
use crate::python::convert;
use crate::registration::{End, Mode, Registration};
use crate::user::{self, User};
use crate::watchdog::Watched;

/// What clients are told who cannot wait where they are.
pub(crate) const CANNOT_WAIT: &str = "ERR can not run a non-sync execution inside a MULTI/LUA \
     (blocking is not allowed) or on loading.";

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
    let engine = engine::get();
    if registration.mode == Mode::Sync {
        Python::attach(|py| {
            let limit = registration.timeout.or(engine.config.sync_deadline());
            let watched = Watched::begin(py, limit);
            let _user = user::run_as(User::Client);
            let outcome = run_record(py, &registration, words);
            reply_trigger(py, &outcome, &mut context);
            drop(watched);
        });
        return Ok(());
    }
    if context.denies_blocking() {
        return Err(CANNOT_WAIT.to_owned());
    }
    if engine.workers.is_full() {
        return Err(QUEUE_FULL.to_owned());
    }
    let words: Vec<Vec<u8>> = words.map(<[u8]>::to_vec).collect();
    let user = User::of_client(context);
    let mut client = context.block_client();
    let lane = registration
        .keeps_order()
        .then(|| Arc::clone(&registration.lane));
    let execution = engine
        .executions
        .create(true, Arc::clone(&registration.plan));
    let job = Box::new(move |py: Python<'_>| {
        let limit = registration.timeout.or(engine.config.async_deadline());
        let watched = Watched::begin(py, limit);
        let _user = user::run_as(user);
        client.begin_measuring();
        let mut reply = Recorded::new();
        if registration.is_aborted() || !execution.begin(watched.slot()) {
            registration.note_aborted();
            reply.array(0);
        } else {
            let words = words.iter().map(Vec::as_slice);
            let outcome = run_record(py, &registration, words);
            reply_trigger(py, &outcome, &mut reply);
            execution.end(py, outcome);
        }
        engine.executions.forget(execution.number);
        drop(watched);
        client.answer(reply);
    });
    // A job that is refused is dropped here, and its client answered by that.
    let _ = match lane {
        Some(lane) => lane.submit(&engine.workers, job),
        None => engine.workers.submit(job),
    };
    Ok(())
}

fn run_record<'a>(
    py: Python<'_>,
    registration: &Registration,
    words: impl Iterator<Item = &'a [u8]>,
) -> Outcome {
    registration.note_triggered();
    let started = Instant::now();
    let mut pipeline = Pipeline::new(py, &registration.plan);
    let words: Vec<_> = words.map(|word| convert::text_or_bytes(py, word)).collect();
    match PyList::new(py, words) {
        Ok(record) => {
            pipeline.push(record.into_any());
        }
        Err(error) => pipeline.fail(error),
    }
    let outcome = pipeline.finish();
    registration.note_ended(&End::of(&outcome.errors), started.elapsed());
    outcome
}

/// The first error is the whole answer (spec section 1.2).
fn reply_trigger(py: Python<'_>, outcome: &Outcome, reply: &mut impl Reply) {
    match outcome.errors.first() {
        Some(error) => reply.error(error),
        None => reply_results(py, outcome, reply),
    }
}
