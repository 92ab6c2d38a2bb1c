//! Functions that run once over what their reader finds.

use std::sync::Arc;
use std::time::Duration;

use gears_model::{State, print_id};
use gears_server::{BlockedClient, Recorded};
use pyo3::prelude::*;

use super::duty::Duty;
use super::run::Run;
use super::waiting::{Waiting, tell};
use super::{check_room, executions, reply_outcome};
use crate::config::config;
use crate::plan::{Outcome, Pipeline, Plan};
use crate::reader::BatchReader;
use crate::session::Session;
use crate::session::user::{self, User};
use crate::thread::worker::workers;
use crate::watchdog::Watched;

/// A function to run once over what its reader finds.
pub(crate) struct Batch {
    pub(crate) reader: BatchReader,
    pub(crate) plan: Arc<Plan>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) session: Arc<Session>,
    /// What `run` returned: a future of the event loop.
    pub(crate) future: Py<PyAny>,
}

/// Who waits for a run.
pub(crate) enum Waits {
    /// A client, whose answer takes the execution off the list.
    Client(BlockedClient),
    /// Somebody may look the execution up later.
    Nobody,
    /// The callback that asked for it, at most.
    Callback,
}

/// Runs a function on a worker with the permissions of `user`, and answers
/// whoever waits for it.
///
/// Returns the execution's id.
///
/// # Errors
///
/// The text for the client when no more work can wait.
pub(crate) fn start_run(
    run: Batch,
    user: User,
    waits: impl FnOnce() -> Waits,
) -> Result<String, String> {
    check_room()?;
    let (client, listed) = match waits() {
        Waits::Client(client) => (Some(client), false),
        Waits::Nobody => (None, true),
        Waits::Callback => (None, false),
    };
    let waiting = Waiting::Run {
        client,
        future: run.future,
        listed,
    };
    let reads_all_keys = run.reader.reads_all_keys();
    let execution = executions().create_run(run.plan.clone(), reads_all_keys, waiting);
    let number = execution.number;
    let duty = Duty::new(execution);
    let job = Box::new(move |py: Python<'_>| {
        let limit = run.timeout.or(config().async_deadline());
        let watched = Watched::begin(py, limit);
        let _user = user::run_as(user);
        if !duty.begin(watched.slot()) {
            return;
        }
        let pipeline = Pipeline::new(&run.plan, &run.session, true);
        let flow = Run::new(pipeline, run.reader.open(py), watched.began());
        let execution = Arc::clone(duty.execution());
        let mut flow = flow.watched_by(&execution);
        if flow.drive(py) {
            end(py, &duty, flow.into_outcome(), State::Done);
        } else {
            let then = Box::new(move |py: Python<'_>, outcome, state| {
                end(py, &duty, outcome, state);
            });
            flow.park(py, execution, limit, then);
        }
        drop(watched);
    });
    // A job that is refused is dropped here, and its client answered by that.
    if workers().submit(job).is_err() {
        executions().forget(number);
    }
    Ok(print_id(number))
}

/// Notes what came out and tells those who wait.
fn end(py: Python<'_>, duty: &Duty, outcome: Outcome, state: State) {
    let Some(waiting) = duty.claim() else {
        return;
    };
    duty.end_as(py, outcome, state);
    let (results, errors, reply) = {
        let progress = duty.progress();
        let results = progress.outcome.results.iter();
        let results: Vec<_> = results.map(|result| result.clone_ref(py)).collect();
        let mut reply = Recorded::new();
        if waiting.is_client() {
            reply_outcome(py, &progress.outcome, &mut reply);
        }
        (results, progress.outcome.errors.clone(), reply)
    };
    if !waiting.is_listed() {
        // Before the client can look for it.
        executions().forget(duty.number);
    }
    if let Waiting::Run { client, future, .. } = waiting {
        tell(py, future, results, errors);
        if let Some(client) = client {
            client.answer(reply);
        }
    }
}
