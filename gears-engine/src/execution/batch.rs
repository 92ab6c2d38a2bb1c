//! Functions that run once over what their reader finds.

use std::sync::Arc;
use std::time::Duration;

use gears_model::State;
use gears_server::{BlockedClient, Recorded, Refusal};
use pyo3::prelude::*;

use super::call::{Call, Listing, Occasion};
use super::reply::reply_outcome;
use super::run::Run;
use super::spread::{Spread, SpreadRecords};
use super::waiting::{Waiting, tell};
use super::{check_room, executions};
use crate::cluster;
use crate::config::config;
use crate::plan::{Function, Outcome, Pipeline};
use crate::reader::BatchReader;
use crate::session::Session;
use crate::session::user::User;
use crate::thread::worker::workers;

/// A function to run once over what its reader finds.
pub(crate) struct Task {
    pub(crate) reader: BatchReader,
    pub(crate) function: Arc<Function>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) session: Arc<Session>,
    /// Whether it runs on all shards of a cluster.
    pub(crate) spreads: bool,
}

/// What a script asked to run.
pub(crate) struct Batch {
    pub(crate) task: Task,
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
/// When no more work can wait.
pub(crate) fn start_run(
    batch: Batch,
    user: User,
    waits: impl FnOnce() -> Waits,
) -> Result<String, Refusal> {
    check_room()?;
    let (client, listed) = match waits() {
        Waits::Client(client) => (Some(client), false),
        Waits::Nobody => (None, true),
        Waits::Callback => (None, false),
    };
    let asked = Asked {
        listed,
        by_client: client.is_some(),
    };
    let waiting = Waiting::Run {
        client,
        future: batch.future,
        listed,
    };
    let run = batch.task;
    let reads_all_keys = run.reader.reads_all_keys();
    let execution = executions().create_run(run.function.clone(), reads_all_keys, waiting);
    let id = execution.id;
    let call = Call::once(execution, asked);
    let limit = run.timeout.or(config().async_deadline());
    if run.spreads && cluster::is_shared() {
        let spread = Spread {
            execution: Arc::clone(call.execution()),
            function: run.function,
            session: run.session,
            user: user.clone(),
            limit,
            timeout: run.timeout,
            records: SpreadRecords::Reader(run.reader),
            registration: None,
            is_kept: listed,
        };
        // Its stages have the limit, on each shard.
        workers().submit_always(Box::new(move |py| {
            call.run(py, user, None, |_, began| spread.open(py, began));
        }));
        return Ok(id.to_string());
    }
    let job = Box::new(move |py: Python<'_>| {
        call.run(py, user, limit, |call, began| {
            let pipeline = Pipeline::new(&run.function, &run.session, true);
            let source = run.reader.open(py, &run.function);
            Run::new(pipeline, source, began).watched_by(call.execution())
        });
    });
    // A job that is refused is dropped here, and its client answered by that.
    if workers().submit(job).is_err() {
        executions().forget(id);
    }
    Ok(id.to_string())
}

/// Who asked for a run.
struct Asked {
    listed: bool,
    by_client: bool,
}

/// What those are told who wait for a run.
struct Told {
    results: Vec<Py<PyAny>>,
    errors: Vec<String>,
    reply: Recorded,
}

impl Occasion for Asked {
    type Told = Told;
    type Next = ();

    fn listing(&self) -> Listing {
        if self.listed {
            Listing::Kept
        } else {
            Listing::Nowhere
        }
    }

    fn tells(&self, py: Python<'_>, outcome: &Outcome, _: State) -> Told {
        let results = outcome.results.iter();
        let mut reply = Recorded::new();
        if self.by_client {
            reply_outcome(py, outcome, &mut reply);
        }
        Told {
            results: results.map(|result| result.clone_ref(py)).collect(),
            errors: outcome.errors.clone(),
            reply,
        }
    }

    fn tell(self, py: Python<'_>, waiting: Waiting, told: Told) {
        if let Waiting::Run { client, future, .. } = waiting {
            tell(py, future, told.results, told.errors);
            if let Some(client) = client {
                client.answer(told.reply);
            }
        }
    }

    fn go_on(_: Python<'_>, (): ()) {}
}
