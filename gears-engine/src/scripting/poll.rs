//! Asks the server, on its main thread, whether a function may go on.
//!
//! A function keeps the main thread, and the server wants to be asked there: then it serves those
//! who may be served while a slow one runs, such as who kills it. So the watchdog has Python call
//! back between two instructions of the function, once that is slow.

use std::cell::Cell;
use std::ffi::c_void;
use std::os::raw::c_int;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use gears_server::scripting::Running;
use gears_server::{Answer, boundary, held};
use pyo3::ffi;

use crate::watchdog;

/// Counts beginnings and ends of calls on the main thread: one runs while it is odd.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// What the count was when the watchdog looked last.
static SEEN: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Whether the server is being asked.
    static ASKING: Cell<bool> = const { Cell::new(false) };
    /// The call for which it is known whether the server lets others in, and whether it does.
    static THRESHOLD: Cell<(u64, bool)> = const { Cell::new((0, false)) };
}

/// A call that the server judges, until dropped.
pub(super) struct Called(());

/// Notes a call, if the server is to judge it: one that a client has made, on the main thread.
///
/// Where a command of ours has made it, the server must serve nobody in its midst: it would not
/// know that the client of that command is still needed.
pub(super) fn begin() -> Option<Called> {
    if !held::is_main_thread() || held::is_nested() {
        return None;
    }
    CALLS.fetch_add(1, Ordering::Release);
    Some(Called(()))
}

impl Drop for Called {
    fn drop(&mut self) {
        CALLS.fetch_add(1, Ordering::Release);
    }
}

/// Has a slow function ask the server; says whether there is one. The watchdog looks often.
pub(crate) fn look() -> bool {
    let calls = CALLS.load(Ordering::Acquire);
    let is_slow = calls % 2 == 1 && SEEN.swap(calls, Ordering::Relaxed) == calls;
    if is_slow {
        // SAFETY: the function lives as long as the module, and any thread may ask for a call.
        // If there is no room for it others of its kind wait already.
        unsafe { ffi::Py_AddPendingCall(Some(ask), ptr::null_mut()) };
    } else {
        SEEN.store(calls, Ordering::Relaxed);
    }
    is_slow
}

/// The server is being asked, until dropped.
struct Asking;

impl Asking {
    fn begin() -> Self {
        ASKING.set(true);
        Self
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        ASKING.set(false);
    }
}

/// Asks the server. Python calls this on its main thread, which is the server's, between two
/// instructions of whatever runs there.
extern "C" fn ask(_: *mut c_void) -> c_int {
    // A panic here is told when the function ends by other means.
    let _ = boundary::shield(|| {
        let judged = CALLS.load(Ordering::Relaxed) % 2 == 1 && !held::is_nested();
        let asks = |running: &Running| judged && !ASKING.get() && !running.is_killed();
        let Some(running) = Running::here().filter(|running| asks(running)) else {
            return;
        };
        let _asking = Asking::begin();
        // Python is kept meanwhile: who got it could keep it from this thread.
        let killed = lets_others_in() && running.poll();
        if killed {
            watchdog::abort_here();
        }
    });
    0
}

/// Says whether the server lets others in while a slow function runs (`busy-reply-threshold`).
fn lets_others_in() -> bool {
    let call = CALLS.load(Ordering::Relaxed);
    let (known_for, known) = THRESHOLD.get();
    if known_for == call {
        return known;
    }
    // SAFETY: a context is noted only while this thread has the server's lock, and lives as long.
    let context = held::context().map(|context| unsafe { context.get() });
    let told =
        context.and_then(|context| context.ask(c"CONFIG", &[b"GET", b"busy-reply-threshold"]));
    let does = match told {
        Some(Answer::Array(pair)) => !matches!(
            pair.get(1),
            Some(Answer::Text(number)) if number == b"0" || number.starts_with(b"-")
        ),
        _ => true,
    };
    THRESHOLD.set((call, does));
    does
}
