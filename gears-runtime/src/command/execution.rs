//! A handle on a run that goes on in the background.

#[cfg(feature = "aio")]
pub(crate) mod asynchronous;
pub(crate) mod handle;

pub use self::handle::OnDrop;

use std::{fmt, time::Duration};

use redis::Value;
use serde::de::DeserializeOwned;

use self::handle::{Handle, status_of};
use super::{catalog, script::extent::Began};
use crate::{
    connect::gears::Gears,
    data::{ExecutionId, ExecutionResult, ExecutionStatus, ShardPlan},
    error::Result,
    wire::decoder::Decoder,
};

/// A run that goes on in the background, made by [`Gears::spawn`].
///
/// It stays on the server's list of executions until somebody drops it there, or newer ones
/// push it out (setting `MaxExecutions`). Dropping the handle changes nothing on the server,
/// unless [`on_drop`](Self::on_drop) says so.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use std::time::Duration;
/// use gears_runtime::{Gears, Script, embedded};
///
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// let script = Script::from_source("GB('ShardsIDReader').map(lambda shard: 1337).run()");
/// let execution = gears.spawn(&script.returning::<i64>())?;
///
/// let results = execution.wait(Duration::from_secs(10))?;
/// assert_eq!(results.results(), [1337]);
/// assert!(execution.status()?.is_finished());
/// execution.discard()?;
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub struct Execution<T = Value> {
    handle: Handle<T>,
}

impl<T> Execution<T> {
    pub(crate) fn from_started(began: Began, decoder: Decoder<T>) -> Result<Self> {
        Handle::from_started(began, decoder).map(|handle| Self { handle })
    }

    /// Returns its id, with which others can ask for it: [`Gears::execution`].
    pub fn id(&self) -> &ExecutionId {
        &self.handle.id
    }

    /// Says what becomes of it on the server when this handle is dropped; nothing unless said.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::{OnDrop, Script};
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let script = Script::from_source("GB('ShardsIDReader').run()");
    /// let execution = gears.spawn(&script)?.on_drop(OnDrop::Discard);
    /// execution.wait(Duration::from_secs(10))?;
    /// drop(execution);
    /// assert!(gears.dump_executions()?.is_empty());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn on_drop(mut self, policy: OnDrop) -> Self {
        self.handle.on_drop = policy;
        self
    }

    /// Says what its results are; see [`Script::returning`](crate::Script::returning).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::Script;
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let script = Script::from_source("GB('ShardsIDReader').count().run()");
    /// let id = gears.spawn(&script)?.id().clone();
    /// let execution = gears.execution(id).returning::<i64>();
    /// assert_eq!(execution.wait(Duration::from_secs(10))?.results(), [1]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn returning<U: DeserializeOwned + 'static>(mut self) -> Execution<U> {
        Execution {
            handle: self.handle.returning(),
        }
    }

    /// Asks how far it has come, on the shard that began it.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when the server does not know it any more, and what a
    /// connection can have.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::{Script, data::ExecutionStatus};
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let script = Script::from_source("GB('ShardsIDReader').run()");
    /// let execution = gears.spawn(&script)?;
    /// execution.wait(Duration::from_secs(10))?;
    /// assert_eq!(execution.status()?, ExecutionStatus::Done);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn status(&self) -> Result<ExecutionStatus> {
        status_of(self.handle.gears.send(self.handle.plan())?)
    }

    /// Asks for its plan: on all shards of a cluster, or on the only one.
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::Script;
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let script = Script::from_source("GB('ShardsIDReader').map(lambda shard: shard).run()");
    /// let execution = gears.spawn(&script)?;
    /// execution.wait(Duration::from_secs(10))?;
    /// for shard in execution.plan()? {
    ///     assert!(shard.plan.steps.iter().any(|step| step.kind == "map"));
    /// }
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn plan(&self) -> Result<Vec<ShardPlan>> {
        let request = catalog::get_execution(&self.handle.id, None);
        self.handle.gears.send(request)
    }

    /// Waits until it has ended, and returns its results.
    ///
    /// It stays on the server's list, so it can be waited for again.
    ///
    /// # Errors
    ///
    /// [`Timeout`](crate::ErrorKind::Timeout) when it has not ended by then; it goes on.
    /// [`Decode`](crate::ErrorKind::Decode) when a result does not fit `T`. Else as
    /// [`status`](Self::status).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::Script;
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let script = Script::from_source(
    ///     "import time\n\
    ///      GB('ShardsIDReader').map(lambda shard: time.sleep(0.3)).run()",
    /// );
    /// let execution = gears.spawn(&script)?;
    /// assert!(execution.wait(Duration::from_millis(10)).unwrap_err().is_timeout());
    /// assert!(execution.wait(Duration::from_secs(10))?.is_ok());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn wait(&self, timeout: Duration) -> Result<ExecutionResult<T>> {
        let results = self.handle.gears.send(self.handle.wait(timeout))?;
        self.handle.read(results)
    }

    /// Returns its results, if it has ended.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when it has not ended yet, or the server does not
    /// know it any more. Else as [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::Script;
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
    /// let execution = gears.spawn(&script)?;
    /// execution.wait(Duration::from_secs(10))?;
    /// assert_eq!(execution.results()?.results(), [1], "they are still there");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn results(&self) -> Result<ExecutionResult<T>> {
        let request = catalog::get_results(&self.handle.id);
        self.handle.read(self.handle.gears.send(request)?)
    }

    /// Aborts it, and waits until it has stopped; nothing happens when it has ended already.
    ///
    /// Returns whether there was anything to abort: `false` says that it had ended before, and
    /// stays what it was.
    ///
    /// Python that is running is stopped by an exception, which is an error of the run. The status
    /// becomes [`Aborted`](crate::data::ExecutionStatus::Aborted); on RedisGears, where Python was running, `Done`.
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Script, data::ExecutionStatus};
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let script = Script::from_source(
    ///     "import time\n\
    ///      GB('ShardsIDReader').map(lambda shard: [time.sleep(0.01) for _ in range(3000)]).run()",
    /// );
    /// let execution = gears.spawn(&script)?;
    /// assert!(execution.abort()?);
    /// assert_eq!(execution.status()?, ExecutionStatus::Aborted);
    /// assert!(!execution.abort()?, "it had ended");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn abort(&self) -> Result<bool> {
        // The server's answer is the same for one that has ended.
        if self.status().is_ok_and(|status| status.is_finished()) {
            return Ok(false);
        }
        let gears = &self.handle.gears;
        match gears.send(catalog::abort_execution(&self.handle.id)) {
            // A cluster says so of one that runs on one shard, although it aborts it.
            Err(error) if error.is_server() && self.status().is_ok_and(|s| s.is_finished()) => {
                drop(error);
                Ok(true)
            }
            answer => answer.map(|()| true),
        }
    }

    /// Takes it off the server's list of executions.
    ///
    /// # Errors
    ///
    /// [`Server`](crate::ErrorKind::Server) when it has not ended yet, or the server does not
    /// know it any more.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::Script;
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let script = Script::from_source("GB('ShardsIDReader').run()");
    /// let execution = gears.spawn(&script)?;
    /// execution.wait(Duration::from_secs(10))?;
    /// execution.discard()?;
    /// assert!(gears.dump_executions()?.is_empty());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn discard(mut self) -> Result<()> {
        self.handle.on_drop = OnDrop::Leave;
        let request = catalog::drop_execution(&self.handle.id);
        self.handle.gears.send(request)
    }
}

impl<T> Drop for Execution<T> {
    fn drop(&mut self) {
        for request in self.handle.parting() {
            // There is nobody to tell.
            let _ = self.handle.gears.send(request);
        }
    }
}

impl<T> fmt::Debug for Execution<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Execution")
            .field("id", &self.handle.id.as_str())
            .field("returning", &self.handle.decoder)
            .field("on_drop", &self.handle.on_drop)
            .finish_non_exhaustive()
    }
}

impl Gears {
    /// Returns a handle on an execution that somebody else began.
    ///
    /// Nothing is asked: whether there is such an execution, its methods tell.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, embedded};
    ///
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let error = gears.execution("none-1").status().unwrap_err();
    /// assert_eq!(error.raw(), Some("execution plan does not exist"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn execution(&self, id: impl Into<ExecutionId>) -> Execution {
        Execution {
            handle: Handle::new(self.clone(), id.into(), Decoder::RAW),
        }
    }
}
