//! Functions that run once over what their reader finds.

use pyo3::prelude::*;
use pyo3::types::PyList;

use super::flow::Run;
use super::{Execution, QUEUE_FULL, reply_outcome};
use crate::api::{BlockedClient, LogLevel, Recorded, log};
use crate::engine;
use crate::plan::Pipeline;
use crate::python::script;
use crate::registration::print_id;
use crate::user::{self, User};
use crate::watchdog::Watched;

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
    run: script::Run,
    user: User,
    waits: impl FnOnce() -> Waits,
) -> Result<String, String> {
    let engine = engine::get();
    if engine.workers.is_full() {
        return Err(QUEUE_FULL.to_owned());
    }
    let mut waits = waits();
    let execution = engine
        .executions
        .create_run(run.plan.clone(), run.reader.reads_all_keys());
    let number = execution.number;
    let job = Box::new(move |py: Python<'_>| {
        let limit = run.timeout.or(engine.config.async_deadline());
        let watched = Watched::begin(py, limit);
        let _user = user::run_as(user);
        if let Waits::Client(client) = &mut waits {
            client.begin_measuring();
        }
        let answer = {
            let execution = execution.clone();
            let future = run.future;
            move |py: Python<'_>| {
                tell(py, future, &execution);
                match waits {
                    Waits::Client(client) => {
                        let mut reply = Recorded::new();
                        reply_outcome(py, &execution.progress().outcome, &mut reply);
                        // Before the client can look for it.
                        engine.executions.forget(number);
                        client.answer(reply);
                    }
                    Waits::Callback => engine.executions.forget(number),
                    Waits::Nobody => {}
                }
            }
        };
        if !execution.begin(watched.slot()) {
            answer(py);
            return;
        }
        let pipeline = Pipeline::new(&run.plan, &run.session, true);
        let flow = Run::new(pipeline, run.reader.open(py), watched.began());
        let mut flow = flow.watched_by(&execution);
        if flow.drive(py) {
            execution.end(py, flow.into_outcome());
            answer(py);
        } else {
            let parked = execution.clone();
            let then = Box::new(move |py: Python<'_>, outcome, state| {
                execution.end_as(py, outcome, state);
                answer(py);
            });
            flow.park(py, parked, limit, then);
        }
        drop(watched);
    });
    // A job that is refused is dropped here, and its client answered by that.
    if engine.workers.submit(job).is_err() {
        engine.executions.forget(number);
    }
    Ok(print_id(number))
}

/// Hands `[results, errors]` to who awaits the run.
fn tell(py: Python<'_>, future: Py<PyAny>, execution: &Execution) {
    // SAFETY: the pointer is a live object, and this thread is attached.
    let references = unsafe { pyo3::ffi::Py_REFCNT(future.as_ptr()) };
    // Ours is the last one, so nobody does.
    if references == 1 {
        return;
    }
    let (results, errors) = {
        let progress = execution.progress();
        let results = progress.outcome.results.iter();
        let results: Vec<_> = results.map(|result| result.clone_ref(py)).collect();
        (results, progress.outcome.errors.clone())
    };
    let told = PyList::new(py, results)
        .and_then(|results| PyList::new(py, [results, PyList::new(py, errors)?]))
        .and_then(|both| script::finish_future(py, &future, both));
    if let Err(error) = told {
        log(
            LogLevel::Warning,
            &format!("the results of a run cannot be told: {error}"),
        );
    }
}
