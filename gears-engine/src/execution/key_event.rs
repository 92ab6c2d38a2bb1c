//! Functions that run when something happens to a key (spec section 3.2).

use std::sync::Arc;
use std::time::Instant;

use pyo3::prelude::*;

use crate::api::{KeyRecord, KeyValue, LogLevel, log};
use crate::plan::{Outcome, Pipeline};
use crate::python::convert;
use crate::registration::{End, Kind, Registration};
use crate::watchdog::Watched;
use crate::{engine, lock, user};

use super::{Execution, QUEUE_FULL, list_ended};

/// Runs the function on this thread, which holds the Redis lock.
pub(crate) fn key_event_now(registration: &Arc<Registration>, event: &str, key: &[u8]) {
    let engine = engine::get();
    let execution = engine
        .executions
        .create(true, Arc::clone(&registration.plan));
    Python::attach(|py| {
        let limit = registration.timeout.or(engine.config.sync_deadline());
        run(
            py,
            registration,
            &execution,
            Watched::begin(py, limit),
            event,
            key,
        );
    });
}

/// Queues the function behind earlier events of the same registration.
pub(crate) fn key_event_later(registration: &Arc<Registration>, event: String, key: Vec<u8>) {
    let engine = engine::get();
    let execution = engine
        .executions
        .create(true, Arc::clone(&registration.plan));
    let number = execution.number;
    let job_registration = Arc::clone(registration);
    let job = Box::new(move |py: Python<'_>| {
        let limit = job_registration.timeout.or(engine.config.async_deadline());
        let watched = Watched::begin(py, limit);
        run(py, &job_registration, &execution, watched, &event, &key);
    });
    if registration.lane.submit(&engine.workers, job).is_err() {
        engine.executions.forget(number);
        log(
            LogLevel::Warning,
            &format!("an event for {} is lost: {QUEUE_FULL}", registration.id()),
        );
    }
}

fn run(
    py: Python<'_>,
    registration: &Arc<Registration>,
    execution: &Arc<Execution>,
    watched: Watched,
    event: &str,
    key: &[u8],
) {
    if registration.is_aborted() || !execution.begin(watched.slot()) {
        registration.note_aborted();
        engine::get().executions.forget(execution.number);
        return;
    }
    registration.note_triggered();
    let _user = user::run_as(registration.session.user.clone());
    let started = Instant::now();
    let outcome = run_record(py, registration, event, key);
    registration.note_ended(&End::of(&outcome.errors), started.elapsed());
    execution.end(py, outcome);
    list_ended(registration, execution);
}

fn run_record(py: Python<'_>, registration: &Registration, event: &str, key: &[u8]) -> Outcome {
    let mut pipeline = Pipeline::new(py, &registration.plan);
    let reads = matches!(&registration.kind, Kind::Keys(events) if events.read_value);
    let record = KeyRecord {
        name: key.to_vec(),
        // As it is now: a function that runs later sees what is left.
        value: reads.then(|| lock::with_redis(py, |context| KeyValue::read(context, key))),
    };
    match convert::key_record(py, &record, Some(event)) {
        Ok(record) => {
            pipeline.push(record);
        }
        Err(error) => pipeline.fail(error),
    }
    pipeline.finish()
}
