//! Functions that run once over what their reader finds.

use std::sync::Arc;
use std::time::Instant;

use pyo3::prelude::*;

use super::{QUEUE_FULL, reply_outcome};
use crate::api::{BlockedClient, Recorded};
use crate::engine;
use crate::plan::Pipeline;
use crate::python::script::Run;
use crate::registration::print_id;
use crate::user::{self, User};
use crate::watchdog::Watched;

/// Runs a function on a worker with the permissions of `user`, and answers
/// `client` if one waits for it.
///
/// Returns the execution's id. An execution that somebody waits for is taken
/// off the list when it ends, any other stays.
///
/// # Errors
///
/// The text for the client when no more work can wait.
pub(crate) fn start_run(
    run: Run,
    user: User,
    client: impl FnOnce() -> Option<BlockedClient>,
) -> Result<String, String> {
    let engine = engine::get();
    if engine.workers.is_full() {
        return Err(QUEUE_FULL.to_owned());
    }
    let mut client = client();
    let execution = engine.executions.create(false, Arc::clone(&run.plan));
    let number = execution.number;
    let job = Box::new(move |py: Python<'_>| {
        let limit = run.timeout.or(engine.config.async_deadline());
        let watched = Watched::begin(py, limit);
        let _user = user::run_as(user);
        if let Some(client) = &mut client {
            client.begin_measuring();
        }
        if execution.begin(watched.slot()) {
            let started = Instant::now();
            let mut pipeline = Pipeline::new(py, &run.plan);
            run.reader.feed(py, &mut pipeline);
            let read = started.elapsed();
            let mut outcome = pipeline.finish();
            outcome.read = read;
            execution.end(py, outcome);
        }
        if let Some(client) = client {
            let mut reply = Recorded::new();
            reply_outcome(py, &execution.progress().outcome, &mut reply);
            client.answer(reply);
            engine.executions.forget(number);
        }
        drop(watched);
    });
    let _ = engine.workers.submit(job);
    Ok(print_id(number))
}
