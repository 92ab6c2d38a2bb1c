//! Ctrl-C, and the signals that ask a process to end.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{Code, Failure, Result};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Takes the signals over, for work that must not end half done.
///
/// The second signal ends the process at once, for those who do not want to wait.
///
/// # Errors
///
/// The system refuses.
pub(crate) fn watch() -> Result {
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(Code::Interrupted as i32);
        }
    })
    .map_err(|error| Failure::new(Code::Failed, format!("signals cannot be watched: {error}")))
}

/// Tells whether somebody interrupted.
pub(crate) fn happened() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}
