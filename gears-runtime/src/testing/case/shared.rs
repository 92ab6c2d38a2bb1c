//! The server that tests of one binary share.

use std::sync::{Arc, Mutex};

use crate::{connect::poison::unpoisoned, error::Result, testing::embedded::Server};

/// It ends with the program.
static SHARED: Mutex<Option<Arc<Server>>> = Mutex::new(None);

/// Returns it; the first test starts it.
///
/// # Errors
///
/// As [`Server::start`]; the next test tries again.
pub(super) fn server() -> Result<Arc<Server>> {
    let mut shared = unpoisoned(SHARED.lock());
    if let Some(server) = &*shared {
        return Ok(Arc::clone(server));
    }
    let server = Arc::new(Server::start()?);
    *shared = Some(Arc::clone(&server));
    Ok(server)
}
