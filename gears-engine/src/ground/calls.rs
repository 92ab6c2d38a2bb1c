//! Whether functions have called the server.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use super::own_thread;

thread_local! {
    /// Whether the function that runs in a lane on this thread has called the
    /// server; none does where there is no lane.
    static CALLED: Cell<Option<bool>> = const { Cell::new(None) };
}

/// How often functions may have called the server elsewhere than in the lanes:
/// in coroutines, and on threads of their own.
static CALLED_ELSEWHERE: AtomicU64 = AtomicU64::new(0);

/// Notes that a function calls the server; the Redis lock is held.
pub(crate) fn note_call() {
    if CALLED.get().is_some() {
        CALLED.set(Some(true));
    } else if !own_thread::is_here() {
        // Not on our other threads: those run functions that no event waits
        // for, or whose end is noted.
        note_call_elsewhere();
    }
}

/// Notes that a function may have called the server, nobody knows where.
pub(crate) fn note_call_elsewhere() {
    CALLED_ELSEWHERE.fetch_add(1, Ordering::AcqRel);
}

/// Counts how often functions may have called the server elsewhere than in the lanes.
pub(crate) fn elsewhere() -> u64 {
    CALLED_ELSEWHERE.load(Ordering::Acquire)
}

/// Runs a function in a lane; says whether it has called the server.
pub(crate) fn watch(run: impl FnOnce()) -> bool {
    let before = CALLED.replace(Some(false));
    run();
    CALLED.replace(before) == Some(true)
}
