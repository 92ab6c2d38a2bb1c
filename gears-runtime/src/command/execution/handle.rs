//! What the handles for sync and async programs share.

use std::time::Duration;

use redis::Value;
use serde::de::DeserializeOwned;

use crate::{
    command::{catalog, request::Request, script::extent::Began},
    connect::gears::{Gears, timeouts::Patience},
    data::{Executed, ExecutionId, ExecutionResult, ExecutionStatus, Locality, ShardPlan},
    error::{Error, Result},
    wire::decoder::Decoder,
};

/// Says what becomes of an execution on the server when its handle is dropped.
///
/// A failure then is not told to anyone: call [`Execution::abort`](crate::Execution::abort) or [`Execution::discard`](crate::Execution::discard) to
/// know.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, OnDrop, Script, embedded};
///
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// let script = Script::from_source("GB('ShardsIDReader').run()");
/// let execution = gears.spawn(&script)?.on_drop(OnDrop::AbortAndDiscard);
/// drop(execution);
/// assert!(gears.dump_executions()?.is_empty());
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum OnDrop {
    /// It goes on and stays on the list.
    #[default]
    Leave,
    /// It is aborted, and its results stay on the list.
    Abort,
    /// It is taken off the list if it has finished; else it goes on and stays.
    Discard,
    /// It is aborted and taken off the list.
    AbortAndDiscard,
}

/// What sync and async handles share: which execution, and how its results are read.
pub(crate) struct Handle<T> {
    pub(crate) gears: Gears,
    pub(crate) id: ExecutionId,
    pub(crate) decoder: Decoder<T>,
    /// How many shards it is over, where that is known.
    pub(crate) shards: Option<usize>,
    pub(crate) on_drop: OnDrop,
}

impl<T> Handle<T> {
    pub(crate) fn new(gears: Gears, id: ExecutionId, decoder: Decoder<T>) -> Self {
        Self {
            gears,
            id,
            decoder,
            shards: None,
            on_drop: OnDrop::Leave,
        }
    }

    pub(crate) fn from_started(began: Began, decoder: Decoder<T>) -> Result<Self> {
        match began.executed {
            Executed::Started(id) => Ok(Self {
                shards: began.shards,
                ..Self::new(began.gears, id, decoder)
            }),
            Executed::Done | Executed::Results(_) => Err(Error::refused(
                "the script ran, but left nothing that goes on in the background: it has no \
                 `run()`, or it registers something; use `execute` for it",
            )),
        }
    }

    /// Makes the same handle for results of another type; this one is left without a policy.
    pub(crate) fn returning<U: DeserializeOwned + 'static>(&mut self) -> Handle<U> {
        Handle {
            gears: self.gears.clone(),
            id: self.id.clone(),
            decoder: Decoder::typed(),
            shards: self.shards,
            on_drop: std::mem::take(&mut self.on_drop),
        }
    }

    pub(crate) fn plan(&self) -> Request<Vec<ShardPlan>> {
        catalog::get_execution(&self.id, Some(Locality::Shard))
    }

    /// Reads what the run brought.
    pub(crate) fn read(&self, results: ExecutionResult) -> Result<ExecutionResult<T>> {
        results.over(self.shards).decode_with(self.decoder)
    }

    pub(crate) fn wait(&self, timeout: Duration) -> Request<ExecutionResult> {
        catalog::get_results_blocking(&self.id).patience(Patience::Within(timeout))
    }

    /// Returns what to send for the policy.
    pub(crate) fn parting(&mut self) -> Vec<Request<()>> {
        let (abort, discard) = match std::mem::take(&mut self.on_drop) {
            OnDrop::Leave => (false, false),
            OnDrop::Abort => (true, false),
            OnDrop::Discard => (false, true),
            OnDrop::AbortAndDiscard => (true, true),
        };
        let abort = abort.then(|| catalog::abort_execution(&self.id));
        let discard = discard.then(|| catalog::drop_execution(&self.id));
        abort.into_iter().chain(discard).collect()
    }
}

/// Reads the status out of the plan of one shard.
pub(crate) fn status_of(plans: Vec<ShardPlan>) -> Result<ExecutionStatus> {
    match plans.into_iter().next() {
        Some(shard) => Ok(shard.plan.status),
        None => Err(Error::unexpected(
            "no shard in the reply to RG.GETEXECUTION",
            &Value::Nil,
        )),
    }
}
