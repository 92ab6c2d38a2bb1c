//! Ctrl-C, and the signals that ask a process to end.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{Code, Failure, Result};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static WATCHED: AtomicBool = AtomicBool::new(false);

/// Takes the signals over, for work that must not end half done.
///
/// The second signal ends the process at once, for those who do not want to wait.
///
/// # Errors
///
/// The system refuses.
pub(crate) fn watch() -> Result {
    if WATCHED.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    // The thread that watches hears them even if whoever started this program masks them.
    mask(libc::SIG_UNBLOCK);
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(Code::Interrupted as i32);
        }
    })
    .map_err(|error| Failure::new(Code::Failed, format!("signals cannot be watched: {error}")))?;
    // It alone takes them: a signal would end whatever reply another thread waits for with an error.
    mask(libc::SIG_BLOCK);
    Ok(())
}

fn mask(how: libc::c_int) {
    // SAFETY: a set of signals is plain data, which `sigemptyset` makes valid, and the calls
    // change the mask of this thread alone.
    unsafe {
        let mut signals = std::mem::zeroed();
        libc::sigemptyset(&raw mut signals);
        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
            libc::sigaddset(&raw mut signals, signal);
        }
        libc::pthread_sigmask(how, &raw const signals, std::ptr::null_mut());
    }
}

/// Tells whether somebody interrupted.
pub(crate) fn happened() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}
