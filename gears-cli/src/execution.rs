//! Executions that are waited for and given up.

use std::time::Duration;

use gears_runtime::{ErrorKind, Execution};

use crate::failure::Result;

/// How long a reply may take when nobody says: longer than anybody waits.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3600);
/// How long an id may take to come after Ctrl-C.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// Aborts an execution and forgets it; one that has ended meanwhile is as good.
///
/// # Errors
///
/// The server is gone.
pub(crate) fn abort(execution: Execution) -> Result {
    let _had_gone_on = execution.abort()?;
    // What it did comes to an end in its own time; the list of executions is bounded.
    match execution.discard() {
        Err(error) if error.kind() != ErrorKind::Server => Err(error.into()),
        _ => Ok(()),
    }
}
