//! Whether Python can be had at once.
//!
//! A thread that waits for Python cannot give up waiting. So a thread of ours, the
//! prober, asks first, and others look how long it has waited. It also raises where
//! code has to end, so that the watchdog itself waits for nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use gears_server::boundary;
use pyo3::prelude::*;

use super::turn;
use crate::ground::poison::unpoisoned;

/// How often is looked whether Python is kept, or only late.
const LOOK: Duration = Duration::from_millis(50);

/// From when on Python counts as kept for those who need the Redis lock with it.
const KEPT: Duration = Duration::from_millis(20);

static PROBER: Prober = Prober {
    state: Mutex::new(State {
        wanted: false,
        had: 0,
        waits_since: None,
    }),
    asked: Condvar::new(),
    told: Condvar::new(),
};

/// Whether the prober waits for Python.
static WAITS: AtomicBool = AtomicBool::new(false);

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
        unpoisoned(self.state.lock())
    }

    /// Asks for Python each time that somebody wants to know.
    fn probe(&self, work: fn(Python<'_>)) {
        let mut state = self.state();
        loop {
            while !state.wanted {
                state = unpoisoned(self.asked.wait(state));
            }
            state.wanted = false;
            state.waits_since = Some(Instant::now());
            WAITS.store(true, Ordering::Relaxed);
            drop(state);
            // What panics here is no news: code has to end all the same.
            let _ = boundary::shield(|| {
                Python::attach(|py| {
                    WAITS.store(false, Ordering::Relaxed);
                    work(py);
                });
            });
            state = self.state();
            state.waits_since = None;
            state.had += 1;
            self.told.notify_all();
        }
    }
}

/// Starts the prober, which does `work` each time that it has Python.
///
/// # Errors
///
/// When the system gives no thread.
pub(crate) fn start(work: fn(Python<'_>)) -> std::io::Result<()> {
    thread::Builder::new()
        .name("gears-gil".to_owned())
        .spawn(move || PROBER.probe(work))
        .map(drop)
}

/// Has the prober ask for Python.
pub(crate) fn ask() {
    PROBER.state().wanted = true;
    PROBER.asked.notify_one();
}

/// Says whether the prober waits for Python.
pub(crate) fn is_waiting() -> bool {
    WAITS.load(Ordering::Relaxed)
}

/// Returns for how long the prober has waited for Python.
pub(crate) fn held_for() -> Duration {
    let since = PROBER.state().waits_since;
    since.map_or(Duration::ZERO, |since| since.elapsed())
}

/// Waits until the prober has had Python; says no when `gives_up`, which learns for
/// how long it has waited, has enough. Without a limit nobody is asked.
pub(crate) fn wait(limit: Option<Duration>, gives_up: impl Fn(Duration, Duration) -> bool) -> bool {
    debug_assert!(
        !turn::is_attached(),
        "a thread waits for Python with Python in its hands"
    );
    let mut state = PROBER.state();
    let had = state.had;
    let since = state.waits_since.unwrap_or_else(Instant::now);
    if state.waits_since.is_none() {
        state.wanted = true;
        PROBER.asked.notify_one();
    }
    while state.had == had {
        let Some(limit) = limit else {
            state = unpoisoned(PROBER.told.wait(state));
            continue;
        };
        if gives_up(since.elapsed(), limit) {
            return false;
        }
        let left = limit.saturating_sub(since.elapsed()).max(LOOK);
        (state, _) = unpoisoned(PROBER.told.wait_timeout(state, left));
    }
    true
}

/// Waits, without the Redis lock, as long as Python is known to be kept: who needs
/// both must not have the lock while it waits for Python.
pub(crate) fn wait_while_kept() {
    let mut state = PROBER.state();
    while state
        .waits_since
        .is_some_and(|since| since.elapsed() > KEPT)
    {
        state = unpoisoned(PROBER.told.wait(state));
    }
}
