//! Attaching to Python where the server waits.
//!
//! Code in C that does not return may keep the GIL for as long as it likes. So nobody
//! whom the server waits for asks for Python while other threads run it: the prober
//! asks first, and who gets no word from it in time answers with an error.

use gears_server::Refusal;
use pyo3::prelude::*;

use crate::config::{self, config};
use crate::thread::prober;
use crate::thread::turn::{self, Mark, Use};
use crate::watchdog;

/// Attaches to Python on a thread that the server waits for, which has the Redis
/// lock therefore.
///
/// # Errors
///
/// When Python was kept for longer than functions may keep the server.
pub(crate) fn attach<T>(work: impl FnOnce(Python<'_>) -> T) -> Result<T, Refusal> {
    wait()?;
    Ok(attach_now(work))
}

/// As [`attach`], and may keep Python behind `command`, which a client has sent, until the end of the
/// turn of the server's loop.
///
/// # Errors
///
/// As [`attach`].
pub(crate) fn attach_for_turn<T>(
    command: Mark,
    work: impl FnOnce(Python<'_>) -> T,
) -> Result<T, Refusal> {
    wait()?;
    Ok(attach_now_for_turn(command, work))
}

/// As [`attach_for_turn`] where that has been waited for.
pub(crate) fn attach_now_for_turn<T>(command: Mark, work: impl FnOnce(Python<'_>) -> T) -> T {
    let _use = Use::again(is_wanted).or_else(|| Use::begin(command, is_wanted));
    Python::attach(work)
}

/// Attaches to Python where that has been waited for, or where nobody may wait; on any thread.
pub(crate) fn attach_now<T>(work: impl FnOnce(Python<'_>) -> T) -> T {
    let _use = Use::again(is_wanted);
    Python::attach(work)
}

/// Says whether others want Python, or run it.
fn is_wanted() -> bool {
    turn::is_wanted() || watchdog::any_runs()
}

/// Waits until Python can be had, as [`attach`] does.
///
/// # Errors
///
/// As [`attach`].
pub(crate) fn wait() -> Result<(), Refusal> {
    if turn::is_kept_here() || turn::is_attached() || !watchdog::others_run() {
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
