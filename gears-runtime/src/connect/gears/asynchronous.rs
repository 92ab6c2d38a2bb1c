//! The same connection, with methods that are awaited.

use std::fmt;

use crate::{
    command::{catalog, execution::asynchronous::Execution, script::Script},
    data::{Executed, ExecutionId, ExecutionResult},
    error::Result,
    wire::decoder::Decoder,
};

/// A [`Gears`](crate::Gears) whose methods are awaited, made by
/// [`Gears::aio`](crate::Gears::aio).
///
/// It has the same methods by the same names. It is cheap to clone and shares the connections;
/// its futures can be sent to other threads, and dropped at any time: what the server has begun
/// goes on there, and no other call waits for it.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, Script, embedded};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> gears_runtime::Result<()> {
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect_async(server.url()).await?.aio();
/// let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
/// assert_eq!(gears.execute(&script).await?.into_one()?, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Gears {
    pub(crate) inner: crate::Gears,
}

impl crate::Gears {
    /// Returns this connection with methods that are awaited.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let tasks: Vec<_> = (0..4)
    ///     .map(|_| {
    ///         let gears = gears.aio(); // they share the connections
    ///         tokio::spawn(async move { gears.py_stats().await })
    ///     })
    ///     .collect();
    /// for task in tasks {
    ///     assert!(task.await.expect("the task ended").is_ok());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn aio(&self) -> Gears {
        Gears {
            inner: self.clone(),
        }
    }
}

impl Gears {
    /// Returns this connection with methods that block.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, embedded};
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # use gears_runtime::aio;
    /// fn count(gears: &aio::Gears) -> gears_runtime::Result<usize> {
    ///     Ok(gears.sync().dump_registrations()?.len()) // blocks
    /// }
    /// # let gears = Gears::connect(server.url())?;
    /// assert_eq!(count(&gears.aio())?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn sync(&self) -> crate::Gears {
        self.inner.clone()
    }

    /// Runs a script and awaits its end.
    ///
    /// # Errors
    ///
    /// As [`Gears::execute`](crate::Gears::execute).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, Script, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect_async(server.url()).await?.aio();
    /// let script = Script::from_source("GB('ShardsIDReader').map(lambda shard: 1337).run()");
    /// let results = gears.execute(&script.returning::<i64>()).await?;
    /// assert_eq!(results.results(), [1337]);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn execute<T>(&self, script: &Script<T>) -> Result<ExecutionResult<T>> {
        self.py_execute(script).await.map(Executed::into_results)
    }

    /// Runs a script and returns at once, while its `run()` goes on in the background.
    ///
    /// # Errors
    ///
    /// As [`Gears::spawn`](crate::Gears::spawn).
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
    /// let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
    /// let execution = gears.spawn(&script).await?;
    /// assert_eq!(execution.wait(Duration::from_secs(10)).await?.into_one()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn spawn<T>(&self, script: &Script<T>) -> Result<Execution<T>> {
        let make = |server: crate::server::known::Server| {
            catalog::py_execute(script, true, server.dialect)
        };
        let (started, node) = self.inner.send_where_async(true, make).await?;
        // In a cluster, the shard that began it is the one to ask.
        let gears = node.map_or_else(|| self.inner.clone(), |node| self.inner.at(node));
        Execution::from_started(gears, started, script.decoder())
    }

    /// Runs a script and tells what came of it.
    ///
    /// # Errors
    ///
    /// As [`Gears::execute`](crate::Gears::execute).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, Script, data::Executed, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect_async(server.url()).await?.aio();
    /// let script = Script::from_source("GB('CommandReader').register(trigger='echo')");
    /// assert_eq!(gears.py_execute(&script).await?, Executed::Done);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn py_execute<T>(&self, script: &Script<T>) -> Result<Executed<T>> {
        let make = |server: crate::server::known::Server| {
            catalog::py_execute(script, false, server.dialect)
        };
        self.inner
            .send_made_async(true, make)
            .await?
            .decode_with(script.decoder())
    }

    /// Runs a script and returns at once; [`spawn`](Self::spawn) makes a handle of the id.
    ///
    /// # Errors
    ///
    /// As [`Gears::execute`](crate::Gears::execute).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, Script, data::Executed, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect_async(server.url()).await?.aio();
    /// let script = Script::from_source("GB('ShardsIDReader').run()");
    /// match gears.py_execute_unblocking(&script).await? {
    ///     Executed::Started(id) => assert!(gears.get_results_blocking(id).await?.is_ok()),
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn py_execute_unblocking<T>(&self, script: &Script<T>) -> Result<Executed<T>> {
        let make = |server: crate::server::known::Server| {
            catalog::py_execute(script, true, server.dialect)
        };
        self.inner
            .send_made_async(true, make)
            .await?
            .decode_with(script.decoder())
    }

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
        Execution::new(self.inner.clone(), id.into(), Decoder::RAW)
    }
}

impl From<crate::Gears> for Gears {
    fn from(inner: crate::Gears) -> Self {
        Self { inner }
    }
}

impl fmt::Debug for Gears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
