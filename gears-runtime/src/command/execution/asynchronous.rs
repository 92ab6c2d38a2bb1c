//! The handle for async programs.

use std::{fmt, time::Duration};

use redis::Value;
use serde::de::DeserializeOwned;
use tokio::runtime;

use super::handle::{Handle, OnDrop, status_of};
use crate::{
    command::{catalog, script::extent::Began},
    connect::gears::{Gears, asynchronous},
    data::{ExecutionId, ExecutionResult, ExecutionStatus, ShardPlan},
    error::Result,
    wire::decoder::Decoder,
};

/// A run that goes on in the background, made by [`aio::Gears::spawn`](crate::aio::Gears::spawn).
///
/// The same as [`Execution`](crate::Execution), for async programs. A policy for the drop is
/// carried out by a task of its own; outside of a runtime, at once.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use std::time::Duration;
/// use gears_runtime::{Gears, Script, embedded};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> gears_runtime::Result<()> {
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect_async(server.url()).await?.aio();
/// let script = Script::from_source("GB('ShardsIDReader').map(lambda shard: 1337).run()");
/// let execution = gears.spawn(&script.returning::<i64>()).await?;
/// let results = execution.wait(Duration::from_secs(10)).await?;
/// assert_eq!(results.results(), [1337]);
/// execution.discard().await?;
/// # Ok(())
/// # }
/// ```
pub struct Execution<T = Value> {
    handle: Handle<T>,
}

impl asynchronous::Gears {
    /// Returns a handle on an execution that somebody else began.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::{Gears, Script, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect_async(server.url()).await?.aio();
    /// let script = Script::from_source("GB('ShardsIDReader').count().run()");
    /// gears.py_execute_unblocking(&script).await?;
    /// for listed in gears.dump_executions().await? {
    ///     let results = gears.execution(listed.id).wait(Duration::from_secs(10)).await?;
    ///     assert_eq!(results.decode::<i64>()?.into_one()?, 1);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn execution(&self, id: impl Into<ExecutionId>) -> Execution {
        Execution::new(self.sync(), id.into(), Decoder::RAW)
    }
}

impl<T> Execution<T> {
    pub(crate) fn new(gears: Gears, id: ExecutionId, decoder: Decoder<T>) -> Self {
        Self {
            handle: Handle::new(gears, id, decoder),
        }
    }

    pub(crate) fn from_started(began: Began, decoder: Decoder<T>) -> Result<Self> {
        Handle::from_started(began, decoder).map(|handle| Self { handle })
    }

    /// Returns its id, with which others can ask for it.
    pub fn id(&self) -> &ExecutionId {
        &self.handle.id
    }

    /// Says what becomes of it on the server when this handle is dropped; nothing unless said.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::{Duration, Instant};
    /// # use gears_runtime::{Gears, OnDrop, Script, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect_async(server.url()).await?.aio();
    /// let script = Script::from_source("GB('ShardsIDReader').run()");
    /// let execution = gears.spawn(&script).await?.on_drop(OnDrop::Discard);
    /// execution.wait(Duration::from_secs(10)).await?;
    /// drop(execution);
    ///
    /// let latest = Instant::now() + Duration::from_secs(10);
    /// while !gears.dump_executions().await?.is_empty() {
    ///     assert!(Instant::now() < latest, "a task of its own takes it off the list");
    /// }
    /// # Ok(())
    /// # }
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
    /// # use gears_runtime::{Gears, Script, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect_async(server.url()).await?.aio();
    /// let script = Script::from_source("GB('ShardsIDReader').count().run()");
    /// let id = gears.spawn(&script).await?.id().clone();
    /// let execution = gears.execution(id).returning::<i64>();
    /// assert_eq!(execution.wait(Duration::from_secs(10)).await?.results(), [1]);
    /// # Ok(())
    /// # }
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
    /// As [`Execution::status`](crate::Execution::status).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::{Gears, Script, data::ExecutionStatus, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect_async(server.url()).await?.aio();
    /// let script = Script::from_source("GB('ShardsIDReader').run()");
    /// let execution = gears.spawn(&script).await?;
    /// execution.wait(Duration::from_secs(10)).await?;
    /// assert_eq!(execution.status().await?, ExecutionStatus::Done);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn status(&self) -> Result<ExecutionStatus> {
        status_of(self.handle.gears.send_async(self.handle.plan()).await?)
    }

    /// Asks for its plan: on all shards of a cluster, or on the only one.
    ///
    /// # Errors
    ///
    /// As [`Execution::plan`](crate::Execution::plan).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::{Gears, Script, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect_async(server.url()).await?.aio();
    /// let script = Script::from_source("GB('ShardsIDReader').map(lambda shard: shard).run()");
    /// let execution = gears.spawn(&script).await?;
    /// execution.wait(Duration::from_secs(10)).await?;
    /// for shard in execution.plan().await? {
    ///     assert!(shard.plan.steps.iter().any(|step| step.kind == "map"));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn plan(&self) -> Result<Vec<ShardPlan>> {
        let request = catalog::get_execution(&self.handle.id, None);
        self.handle.gears.send_async(request).await
    }

    /// Awaits its end, and returns its results.
    ///
    /// Dropping the future stops the waiting, not the execution.
    ///
    /// # Errors
    ///
    /// As [`Execution::wait`](crate::Execution::wait).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::{Gears, Script, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect_async(server.url()).await?.aio();
    /// let script = Script::from_source(
    ///     "import time\n\
    ///      GB('ShardsIDReader').map(lambda shard: time.sleep(0.3)).run()",
    /// );
    /// let execution = gears.spawn(&script).await?;
    /// assert!(execution.wait(Duration::from_millis(10)).await.unwrap_err().is_timeout());
    /// assert!(execution.wait(Duration::from_secs(10)).await?.is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn wait(&self, timeout: Duration) -> Result<ExecutionResult<T>> {
        let request = self.handle.wait(timeout);
        self.handle
            .read(self.handle.gears.send_async(request).await?)
    }

    /// Returns its results, if it has ended.
    ///
    /// # Errors
    ///
    /// As [`Execution::results`](crate::Execution::results).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::{Gears, Script, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect_async(server.url()).await?.aio();
    /// let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
    /// let execution = gears.spawn(&script).await?;
    /// execution.wait(Duration::from_secs(10)).await?;
    /// assert_eq!(execution.results().await?.results(), [1], "they are still there");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn results(&self) -> Result<ExecutionResult<T>> {
        let request = catalog::get_results(&self.handle.id);
        self.handle
            .read(self.handle.gears.send_async(request).await?)
    }

    /// Aborts it, and awaits its end; returns whether there was anything to abort.
    ///
    /// # Errors
    ///
    /// As [`Execution::abort`](crate::Execution::abort).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, Script, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect_async(server.url()).await?.aio();
    /// let script = Script::from_source(
    ///     "import time\n\
    ///      GB('ShardsIDReader').map(lambda shard: [time.sleep(0.01) for _ in range(3000)]).run()",
    /// );
    /// let execution = gears.spawn(&script).await?;
    /// assert!(execution.abort().await?);
    /// assert!(!execution.abort().await?, "it had ended");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn abort(&self) -> Result<bool> {
        if self.status().await.is_ok_and(|status| status.is_finished()) {
            return Ok(false);
        }
        let request = catalog::abort_execution(&self.handle.id);
        match self.handle.gears.send_async(request).await {
            // A cluster says so of one that runs on one shard, although it aborts it.
            Err(error) if error.is_server() => match self.status().await {
                Ok(status) if status.is_finished() => Ok(true),
                _ => Err(error),
            },
            answer => answer.map(|()| true),
        }
    }

    /// Takes it off the server's list of executions.
    ///
    /// # Errors
    ///
    /// As [`Execution::discard`](crate::Execution::discard).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use std::time::Duration;
    /// # use gears_runtime::{Gears, Script, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect_async(server.url()).await?.aio();
    /// let script = Script::from_source("GB('ShardsIDReader').run()");
    /// let execution = gears.spawn(&script).await?;
    /// execution.wait(Duration::from_secs(10)).await?;
    /// execution.discard().await?;
    /// assert!(gears.dump_executions().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn discard(mut self) -> Result<()> {
        self.handle.on_drop = OnDrop::Leave;
        let request = catalog::drop_execution(&self.handle.id);
        self.handle.gears.send_async(request).await
    }
}

impl<T> Drop for Execution<T> {
    fn drop(&mut self) {
        let requests = self.handle.parting();
        if requests.is_empty() {
            return;
        }
        let gears = self.handle.gears.clone();
        // There is nobody to tell how it went.
        match runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    for request in requests {
                        let _ = gears.send_async(request).await;
                    }
                });
            }
            Err(_) => {
                for request in requests {
                    let _ = gears.send(request);
                }
            }
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
