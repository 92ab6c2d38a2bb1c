//! Who looks after the process at the other end of connections, where it is ours.

use std::{fmt, sync::Arc, time::Duration};

use crate::error::{Error, Result};

/// Keeps a process of ours running.
pub(crate) trait Keeper: fmt::Debug + Send + Sync {
    /// Sees that the process runs, and counts how many there were: connections to an earlier one are broken.
    fn ready(&self) -> Result<u64>;

    /// Watches an exchange that may take so long.
    fn watch(&self, timeout: Duration) -> Box<dyn Eye>;
}

/// Watches one exchange with a process of ours, until it is dropped.
pub(crate) trait Eye: fmt::Debug + Send + Sync {
    /// Returns how long a reply may take on the socket.
    fn patience(&self) -> Duration;

    /// Says what a connection that broke means.
    fn explain(&self, error: Error, what: &str) -> Error;
}

/// Looks after the process behind a pool of connections; nobody does for a server's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overseer {
    keeper: Option<Arc<dyn Keeper>>,
}

/// An eye on the time of one exchange.
#[derive(Debug)]
pub(crate) struct Watch {
    eye: Option<Box<dyn Eye>>,
    timeout: Duration,
}

impl Overseer {
    #[cfg(feature = "local")]
    pub(crate) fn of(keeper: Arc<dyn Keeper>) -> Self {
        Self {
            keeper: Some(keeper),
        }
    }

    /// Sees that the process runs, as [`Keeper::ready`] does.
    pub(crate) fn ready(&self) -> Result<u64> {
        self.keeper.as_ref().map_or(Ok(0), |keeper| keeper.ready())
    }

    /// As [`ready`](Self::ready), for async calls: starting a process takes a while.
    #[cfg(feature = "aio")]
    pub(crate) async fn ready_async(&self) -> Result<u64> {
        let Some(keeper) = &self.keeper else {
            return Ok(0);
        };
        let keeper = Arc::clone(keeper);
        tokio::task::spawn_blocking(move || keeper.ready())
            .await
            .unwrap_or_else(|error| {
                Err(Error::configuration(format!(
                    "the runtime ended while a call began: {error}"
                )))
            })
    }

    /// Watches an exchange that may take so long.
    pub(crate) fn watch(&self, timeout: Duration) -> Watch {
        Watch {
            eye: self.keeper.as_ref().map(|keeper| keeper.watch(timeout)),
            timeout,
        }
    }
}

impl Watch {
    /// Returns how long a reply may take on the socket.
    pub(crate) fn patience(&self) -> Duration {
        self.eye.as_ref().map_or(self.timeout, |eye| eye.patience())
    }

    /// Says what a failure of the exchange means.
    pub(crate) fn explain(&self, error: Error, what: impl FnOnce() -> String) -> Error {
        match &self.eye {
            Some(eye) if error.is_connection() => eye.explain(error, &what()),
            _ => error,
        }
    }
}
