//! Carries closed functions to a server and their results back.

use serde::de::DeserializeOwned;

use super::BatchFunction;
use crate::{data::ExecutionResult, error::Result, execution::Execution, gears::Gears};

impl<T: DeserializeOwned, R> BatchFunction<T, R> {
    /// Runs the function on a server and waits for its records.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode) when a record is none of the declared type,
    /// [`Encode`](crate::ErrorKind::Encode) when a value has no Python form,
    /// [`Python`](crate::ErrorKind::Python) when the server's Python does not take the script,
    /// [`Requirement`](crate::ErrorKind::Requirement) when a package cannot be installed, and
    /// what a connection can have. Errors of single records are in [`ExecutionResult::errors`].
    pub fn on(&self, gears: &Gears) -> Result<ExecutionResult<T>> {
        gears.execute(&self.script()?)
    }

    /// Starts the function on a server, where it goes on in the background.
    ///
    /// # Errors
    ///
    /// As [`Gears::spawn`].
    pub fn spawn_on(&self, gears: &Gears) -> Result<Execution<T>> {
        gears.spawn(&self.script()?)
    }

    /// Runs the function on a server and awaits its records.
    ///
    /// # Errors
    ///
    /// As [`on`](Self::on).
    #[cfg(feature = "aio")]
    pub async fn on_async(&self, gears: &Gears) -> Result<ExecutionResult<T>> {
        gears.execute_async(&self.script()?).await
    }
}
