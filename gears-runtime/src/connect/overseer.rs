//! Who looks after the process at the other end of connections, where it is ours.

use std::time::Duration;

use crate::error::{Error, Result};

/// Looks after the process behind a pool of connections; nobody does for a server's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overseer {
    #[cfg(feature = "local")]
    process: Option<std::sync::Arc<crate::local::Process>>,
}

/// An eye on the time of one exchange.
#[derive(Debug)]
pub(crate) struct Watch {
    #[cfg(feature = "local")]
    process: Option<crate::testing::local::Watch>,
    timeout: Duration,
}

impl Overseer {
    #[cfg(feature = "local")]
    pub(crate) fn of(process: std::sync::Arc<crate::testing::local::Process>) -> Self {
        Self {
            process: Some(process),
        }
    }

    /// Sees that the process runs, and counts how many there were: connections to an earlier one are broken.
    pub(crate) fn ready(&self) -> Result<u64> {
        #[cfg(feature = "local")]
        if let Some(process) = &self.process {
            return process.ready();
        }
        Ok(0)
    }

    /// As [`ready`](Self::ready), for async calls: starting a process takes a while.
    #[cfg(feature = "aio")]
    pub(crate) async fn ready_async(&self) -> Result<u64> {
        #[cfg(feature = "local")]
        if let Some(process) = &self.process {
            let process = std::sync::Arc::clone(process);
            return tokio::task::spawn_blocking(move || process.ready())
                .await
                .unwrap_or_else(|error| {
                    Err(Error::configuration(format!(
                        "the runtime ended while a call began: {error}"
                    )))
                });
        }
        Ok(0)
    }

    /// Watches an exchange that may take so long.
    pub(crate) fn watch(&self, timeout: Duration) -> Watch {
        Watch {
            #[cfg(feature = "local")]
            process: self.process.as_ref().map(|process| process.watch(timeout)),
            timeout,
        }
    }
}

impl Watch {
    /// Returns how long a reply may take on the socket.
    pub(crate) fn patience(&self) -> Duration {
        #[cfg(feature = "local")]
        if let Some(process) = &self.process {
            return process.patience();
        }
        self.timeout
    }

    /// Says what a failure of the exchange means.
    pub(crate) fn explain(&self, error: Error, what: impl FnOnce() -> String) -> Error {
        #[cfg(feature = "local")]
        if let Some(process) = &self.process
            && error.is_connection()
        {
            return process.explain(error, &what());
        }
        drop(what);
        error
    }
}
