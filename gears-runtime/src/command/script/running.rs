//! How a script is run.

#[cfg(feature = "aio")]
mod asynchronous;
mod over;

use super::Script;
use crate::{
    command::execution::Execution,
    connect::gears::Gears,
    data::{Executed, ExecutionResult},
    error::Result,
};

impl Gears {
    /// Runs a script and waits until it is done.
    ///
    /// A script without a `run()` brings no results. So does one that registers something,
    /// on RedisGears 1.2.2 and later.
    ///
    /// # Errors
    ///
    /// [`Python`](crate::ErrorKind::Python) when the script raises,
    /// [`Requirement`](crate::ErrorKind::Requirement) when a package cannot be installed,
    /// [`Decode`](crate::ErrorKind::Decode) when a result does not fit `T`, and
    /// what a connection can have. Errors of single records are in [`ExecutionResult::errors`].
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, Script, embedded};
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let script = Script::from_source(
    ///     "GB('ShardsIDReader').map(lambda shard: int(shard) / 0).run()",
    /// );
    /// let results = gears.execute(&script.returning::<i64>())?;
    /// assert!(results.results().is_empty());
    /// assert!(results.errors()[0].raw().contains("division by zero"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn execute<T>(&self, script: &Script<T>) -> Result<ExecutionResult<T>> {
        self.py_execute(script).map(Executed::into_results)
    }

    /// Runs a script and returns at once, while its `run()` goes on in the background.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute), and [`Server`](crate::ErrorKind::Server) when there is
    /// nothing to go on with: the script has no `run()`, or registers something.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::time::Duration;
    /// use gears_runtime::{Gears, OnDrop, Script, embedded};
    ///
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
    /// let execution = gears.spawn(&script)?.on_drop(OnDrop::Discard);
    /// assert_eq!(execution.wait(Duration::from_secs(10))?.into_one()?, 1);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn spawn<T>(&self, script: &Script<T>) -> Result<Execution<T>> {
        Execution::from_started(self.begin(script, true)?, script.decoder())
    }

    /// Runs a script and tells what came of it.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, Script, data::Executed, embedded};
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let registers = Script::from_source("GB('CommandReader').register(trigger='echo')");
    /// assert_eq!(gears.py_execute(&registers)?, Executed::Done);
    ///
    /// let runs = Script::from_source("GB('ShardsIDReader').run()");
    /// assert!(matches!(gears.py_execute(&runs)?, Executed::Results(_)));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn py_execute<T>(&self, script: &Script<T>) -> Result<Executed<T>> {
        self.begin(script, false)?.decode_with(script.decoder())
    }

    /// Runs a script and returns at once; [`spawn`](Self::spawn) makes a handle of the id.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, Script, data::Executed, embedded};
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// let script = Script::from_source("GB('ShardsIDReader').run()");
    /// match gears.py_execute_unblocking(&script)? {
    ///     Executed::Started(id) => assert!(gears.get_results_blocking(id)?.is_ok()),
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn py_execute_unblocking<T>(&self, script: &Script<T>) -> Result<Executed<T>> {
        self.begin(script, true)?.decode_with(script.decoder())
    }

    /// Runs a script and awaits its end.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, Script, embedded};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect_async(server.url()).await?;
    /// let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
    /// assert_eq!(gears.execute_async(&script).await?.into_one()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "aio")]
    pub async fn execute_async<T>(&self, script: &Script<T>) -> Result<ExecutionResult<T>> {
        self.aio().execute(script).await
    }
}
