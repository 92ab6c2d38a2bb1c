//! How a script is run, awaited.

use crate::{
    command::{execution::asynchronous::Execution, script::Script},
    connect::gears::asynchronous::Gears,
    data::{Executed, ExecutionResult},
    error::Result,
};

impl Gears {
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
        let began = self.inner.begin_async(script, true).await?;
        Execution::from_started(began, script.decoder())
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
        let began = self.inner.begin_async(script, false).await?;
        began.decode_with(script.decoder())
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
        let began = self.inner.begin_async(script, true).await?;
        began.decode_with(script.decoder())
    }
}
