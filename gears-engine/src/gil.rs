//! Whether Python can be had soon.
//!
//! Code in C that does not return may keep the GIL for as long as it likes, and a
//! thread that waits for Python cannot give up waiting. So nobody whom the server
//! waits for asks for Python while other threads run it: a thread of ours, the
//! prober, asks first, and who gets no word from it in time answers with an error.
//! The prober also raises where code has to end, so that the watchdog itself waits
//! for nothing.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use gears_server::boundary;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::config::{self, config};
use crate::watchdog;

/// How often is looked whether Python is kept, or only late.
const LOOK: Duration = Duration::from_millis(50);

static PROBER: Prober = Prober {
    state: Mutex::new(State {
        wanted: false,
        had: 0,
        waits_since: None,
    }),
    asked: Condvar::new(),
    told: Condvar::new(),
};

struct Prober {
    state: Mutex<State>,
    asked: Condvar,
    told: Condvar,
}

struct State {
    /// Whether somebody wants to know.
    wanted: bool,
    /// How often the prober has had Python.
    had: u64,
    /// Since when it waits for Python, while it does.
    waits_since: Option<Instant>,
}

impl Prober {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for Python each time that somebody wants to know.
    fn probe(&self) {
        let mut state = self.state();
        loop {
            while !state.wanted {
                state = self
                    .asked
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            state.wanted = false;
            state.waits_since = Some(Instant::now());
            drop(state);
            // What panics here is no news: code has to end all the same.
            let _ = boundary::shield(|| Python::attach(watchdog::raise));
            state = self.state();
            state.waits_since = None;
            state.had += 1;
            self.told.notify_all();
        }
    }
}

/// Starts the prober.
///
/// # Errors
///
/// When the system gives no thread.
pub(crate) fn start() -> std::io::Result<()> {
    thread::Builder::new()
        .name("gears-gil".to_owned())
        .spawn(|| PROBER.probe())
        .map(drop)
}

/// Has the prober ask for Python, and raise where code has to end.
pub(crate) fn ask() {
    PROBER.state().wanted = true;
    PROBER.asked.notify_one();
}

/// Returns for how long the prober has waited for Python.
pub(crate) fn held_for() -> Duration {
    let since = PROBER.state().waits_since;
    since.map_or(Duration::ZERO, |since| since.elapsed())
}

/// Attaches to Python on a thread that the server waits for, which has the Redis
/// lock therefore.
///
/// # Errors
///
/// The error for the client when Python was kept for longer than functions may
/// keep the server.
pub(crate) fn attach<T>(work: impl FnOnce(Python<'_>) -> T) -> Result<T, String> {
    wait()?;
    Ok(Python::attach(work))
}

/// Waits until Python can be had, as [`attach`] does.
///
/// # Errors
///
/// As [`attach`].
pub(crate) fn wait() -> Result<(), String> {
    // SAFETY: asks only what this thread is; any thread may.
    if unsafe { ffi::PyGILState_Check() } != 0 || !watchdog::others_run() {
        return Ok(());
    }
    let limit = config().sync_deadline();
    let mut state = PROBER.state();
    let had = state.had;
    let since = state.waits_since.unwrap_or_else(Instant::now);
    if state.waits_since.is_none() {
        state.wanted = true;
        PROBER.asked.notify_one();
    }
    let is_kept = |limit| watchdog::is_kept(since.elapsed(), limit);
    while state.had == had {
        if limit.is_some_and(is_kept) {
            drop(state);
            return Err(held_text());
        }
        let Some(limit) = limit else {
            state = PROBER
                .told
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let left = limit.saturating_sub(since.elapsed()).max(LOOK);
        (state, _) = PROBER
            .told
            .wait_timeout(state, left)
            .unwrap_or_else(PoisonError::into_inner);
    }
    Ok(())
}

/// Says whether Python is kept for longer than functions may keep the server.
pub(crate) fn is_kept() -> bool {
    let limit = config::sync_deadline();
    limit.is_some_and(|limit| watchdog::is_kept(held_for(), limit))
}

/// From when on Python counts as kept for those who need the Redis lock with it.
const KEPT: Duration = Duration::from_millis(20);

/// Waits, without the Redis lock, as long as Python is known to be kept: who needs
/// both must not have the lock while it waits for Python.
pub(crate) fn wait_while_kept() {
    let mut state = PROBER.state();
    while state
        .waits_since
        .is_some_and(|since| since.elapsed() > KEPT)
    {
        state = PROBER
            .told
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

/// What clients are told whose function cannot run.
pub(crate) fn held_text() -> String {
    let (name, held) = (watchdog::holder(), held_for());
    format!(
        "ERR no function can run: {name} has kept Python to itself for {} ms, in code that does \
         not return; everything without Python goes on, restart the server if it never ends",
        held.as_millis()
    )
}
