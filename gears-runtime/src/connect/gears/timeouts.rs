//! How long replies may take.

use std::{fmt, time::Duration};

pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) const EXECUTE_TIMEOUT: Duration = Duration::from_secs(600);

/// Says how long a reply may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As long as the reply of a gear; the server does not make the client wait.
    Response,
    /// As long as the reply of a gear, and the server makes the client wait.
    Gear,
    /// As long as a script.
    Script,
    /// As long as the caller says.
    Within(Duration),
}

#[derive(Clone, Copy)]
pub(crate) struct Timeouts {
    pub(super) response: Duration,
    pub(super) execute: Duration,
}

impl fmt::Debug for Timeouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} for a gear, {:?} for a script",
            self.response, self.execute
        )
    }
}
