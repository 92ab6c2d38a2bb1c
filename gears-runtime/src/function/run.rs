//! Carries closed functions to a server and their results back.

use serde::de::DeserializeOwned;

use super::batch::BatchFunction;
#[cfg(feature = "aio")]
use crate::connect::way::asynchronous;
use crate::{
    command::execution::Execution,
    connect::way::{ToServer, kept::ToGears},
    data::ExecutionResult,
    error::Result,
};

impl<T: DeserializeOwned, R> BatchFunction<T, R> {
    /// Runs the function on a server and waits for its records.
    ///
    /// On a cluster it is over all shards, and [`ExecutionResult::shards`] says how many those are;
    /// [`local`](Self::local) keeps it on one.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) on a cluster that runs nothing over all shards: its
    /// gears-engine is too old for it, or its RedisGears was not told of the other nodes.
    /// [`Decode`](crate::ErrorKind::Decode) when a record is none of the declared type,
    /// [`Encode`](crate::ErrorKind::Encode) when a value has no Python form,
    /// [`Python`](crate::ErrorKind::Python) when the server's Python does not take the script,
    /// [`Requirement`](crate::ErrorKind::Requirement) when a package cannot be installed, and
    /// what a connection can have. Errors of single records are in [`ExecutionResult::errors`].
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let halves = PythonReader::new(py!("lambda: [2, 4, 'six']")).map(py!("lambda n: n / 2"));
    /// let result = halves.declare::<f64>().run().on(&gears)?;
    /// // The record that failed ended the reading, and left those before it.
    /// assert_eq!(result.results(), [1.0, 2.0]);
    /// assert_eq!(result.errors()[0].python().unwrap().exception(), "TypeError");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn on<'a>(&self, server: impl ToServer<'a>) -> Result<ExecutionResult<T>> {
        self.script()?.on(server)
    }

    /// Starts the function on a server, where it goes on in the background.
    ///
    /// # Errors
    ///
    /// As [`Gears::spawn`](crate::Gears::spawn).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use std::time::Duration;
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let numbers = PythonReader::new(py!("lambda: range(3)")).declare::<i64>();
    /// let execution = numbers.run().spawn_on(&gears)?;
    /// // Time for something else …
    /// assert_eq!(execution.wait(Duration::from_secs(10))?.into_results(), [0, 1, 2]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn spawn_on(&self, gears: &impl ToGears) -> Result<Execution<T>> {
        gears.to_gears().spawn(&self.script()?)
    }

    /// Runs the function on a server and awaits its records.
    ///
    /// # Errors
    ///
    /// As [`on`](Self::on).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, embedded, function::ShardsIdReader};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let server = embedded::Server::start()?;
    /// let gears = Gears::connect_async(server.url()).await?;
    /// assert_eq!(ShardsIdReader::new().count().run().on_async(&gears).await?.into_one()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "aio")]
    pub async fn on_async<'a>(
        &self,
        server: impl asynchronous::ToServer<'a>,
    ) -> Result<ExecutionResult<T>> {
        self.script()?.on_async(server).await
    }
}
