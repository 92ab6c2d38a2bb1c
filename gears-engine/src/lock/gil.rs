//! Attaching to Python where the server waits.
//!
//! Code in C that does not return may keep the GIL for as long as it likes. So nobody
//! whom the server waits for asks for Python while other threads run it: the prober
//! asks first, and who gets no word from it in time answers with an error.

use gears_server::Refusal;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::config::{self, config};
use crate::thread::prober;
use crate::watchdog;

/// Attaches to Python on a thread that the server waits for, which has the Redis
/// lock therefore.
///
/// # Errors
///
/// When Python was kept for longer than functions may keep the server.
pub(crate) fn attach<T>(work: impl FnOnce(Python<'_>) -> T) -> Result<T, Refusal> {
    wait()?;
    Ok(Python::attach(work))
}

/// Waits until Python can be had, as [`attach`] does.
///
/// # Errors
///
/// As [`attach`].
pub(crate) fn wait() -> Result<(), Refusal> {
    // SAFETY: asks only what this thread is; any thread may.
    if unsafe { ffi::PyGILState_Check() } != 0 || !watchdog::others_run() {
        return Ok(());
    }
    if prober::wait(config().sync_deadline(), watchdog::is_kept) {
        Ok(())
    } else {
        Err(held())
    }
}

/// Says whether Python is kept for longer than functions may keep the server.
pub(crate) fn is_kept() -> bool {
    let limit = config::sync_deadline();
    limit.is_some_and(|limit| watchdog::is_kept(prober::held_for(), limit))
}

/// What clients are told whose function cannot run.
pub(crate) fn held() -> Refusal {
    let (name, held) = (watchdog::holder(), prober::held_for());
    Refusal::new(format!(
        "no function can run: {name} has kept Python to itself for {} ms, in code that does \
         not return; everything without Python goes on, restart the server if it never ends",
        held.as_millis()
    ))
}
