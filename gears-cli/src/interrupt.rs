//! Ctrl-C, and the signals that ask a process to end.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use crate::failure::{Code, Failure, Result};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static WATCHED: AtomicBool = AtomicBool::new(false);
/// The process that must not be left behind, if there is one.
static CHILD: AtomicI32 = AtomicI32::new(NOBODY);

const NOBODY: libc::pid_t = 0;
/// It is being started, and has no number yet.
const STARTING: libc::pid_t = -1;

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
        if INTERRUPTED.swap(true, Ordering::SeqCst) && end_child() {
            std::process::exit(Code::Interrupted as i32);
        }
    })
    .map_err(|error| Failure::new(Code::Failed, format!("signals cannot be watched: {error}")))?;
    // It alone takes them: a signal would end whatever reply another thread waits for with an error.
    mask(libc::SIG_BLOCK);
    Ok(())
}

/// Starts a process that a second signal asks to end too.
pub(crate) fn start<T, E>(
    start: impl FnOnce() -> Result<T, E>,
    number: impl FnOnce(&T) -> Option<u32>,
) -> Result<T, E> {
    CHILD.store(STARTING, Ordering::SeqCst);
    let started = start();
    let number = started.as_ref().ok().and_then(number);
    let number = number.and_then(|number| libc::pid_t::try_from(number).ok());
    CHILD.store(number.unwrap_or(NOBODY), Ordering::SeqCst);
    started
}

/// Asks the process that was started to end, and says so; not while it is being started, as nobody knows its number.
fn end_child() -> bool {
    match CHILD.load(Ordering::SeqCst) {
        STARTING => false,
        NOBODY => true,
        child => {
            // SAFETY: it takes numbers only.
            unsafe { libc::kill(child, libc::SIGTERM) };
            true
        }
    }
}

/// Notes that the process has ended: its number may be that of another one.
pub(crate) fn ended() {
    CHILD.store(NOBODY, Ordering::SeqCst);
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
