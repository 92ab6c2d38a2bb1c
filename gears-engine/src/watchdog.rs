//! Ends Python code that runs too long, or that somebody aborts.
//!
//! Each thread that runs Python has a [`Slot`]. The watchdog thread looks at all
//! slots a few times a second; where the time is up, or an abort was asked for,
//! it raises `gears.forcestopped` in that thread and raises it again until the
//! code has ended. From the moment the exception exists, every further line of
//! the code raises it too, so that a bare `except:` catches it only for a line.
//!
//! What cannot be ended is C code that does not return, such as a long
//! `time.sleep` or a computation inside numpy: it ends when it comes back to
//! Python.

use std::cell::{Cell, OnceCell};
use std::os::raw::{c_int, c_ulong};
use std::ptr;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::ffi;
use pyo3::prelude::*;

use crate::boundary;
use crate::python::failure;

/// How often deadlines are looked at.
const LOOK: Duration = Duration::from_millis(50);

/// How soon the exception is raised again while code goes on.
const INSIST: Duration = Duration::from_millis(10);

/// What the exception says when a deadline was the reason.
pub(crate) const TOO_LONG: &str = "the function ran longer than its deadline allows";

/// No code runs in the slot.
const IDLE: u64 = 0;

/// Code runs, for as long as it likes.
const UNLIMITED: u64 = u64::MAX;

/// Why code was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// It was not.
    None = 0,
    Aborted = 1,
    Deadline = 2,
    /// It was, and its end is being dealt with: do not raise again.
    Settled = 3,
}

impl Stop {
    fn of(number: u8) -> Self {
        match number {
            1 => Self::Aborted,
            2 => Self::Deadline,
            3 => Self::Settled,
            _ => Self::None,
        }
    }
}

/// One thread's running code.
pub(crate) struct Slot {
    thread: c_ulong,
    /// When the code must have ended, in nanoseconds of our clock.
    deadline: AtomicU64,
    stop: AtomicU8,
}

impl Slot {
    fn stop(&self) -> Stop {
        Stop::of(self.stop.load(Ordering::Acquire))
    }

    fn set_stop(&self, stop: Stop) {
        self.stop.store(stop as u8, Ordering::Release);
    }

    /// Asks for the end of the code that runs in this slot.
    pub(crate) fn abort(&self) {
        self.set_stop(Stop::Aborted);
        watchdog().asked.notify_one();
    }
}

thread_local! {
    /// Whether every line that this thread runs raises.
    static INSISTING: Cell<bool> = const { Cell::new(false) };
    static MINE: OnceCell<Arc<Slot>> = const { OnceCell::new() };
}

struct Watchdog {
    slots: Mutex<Vec<Weak<Slot>>>,
    asked: Condvar,
    epoch: Instant,
}

impl Watchdog {
    fn slots(&self) -> MutexGuard<'_, Vec<Weak<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(UNLIMITED - 1)
    }
}

fn watchdog() -> &'static Watchdog {
    static WATCHDOG: OnceLock<Watchdog> = OnceLock::new();
    WATCHDOG.get_or_init(|| Watchdog {
        slots: Mutex::default(),
        asked: Condvar::new(),
        epoch: Instant::now(),
    })
}

/// Starts the watchdog's thread.
///
/// # Errors
///
/// When the system gives no thread.
pub(crate) fn start() -> std::io::Result<()> {
    let dog = watchdog();
    thread::Builder::new()
        .name("gears-watchdog".to_owned())
        .spawn(move || {
            let mut wait = LOOK;
            loop {
                let slots = dog.slots();
                let (slots, _) = dog
                    .asked
                    .wait_timeout(slots, wait)
                    .unwrap_or_else(PoisonError::into_inner);
                drop(slots);
                wait = match boundary::shield(|| look(dog)) {
                    Ok(true) => INSIST,
                    _ => LOOK,
                };
            }
        })
        .map(|_| ())
}

/// Marks what is overdue and raises where code has to end; says whether any
/// such code goes on.
fn look(dog: &Watchdog) -> bool {
    let now = dog.now();
    let mut slots = Vec::new();
    dog.slots().retain(|slot| match slot.upgrade() {
        Some(slot) => {
            slots.push(slot);
            true
        }
        None => false,
    });
    let mut ending = false;
    for slot in &slots {
        let deadline = slot.deadline.load(Ordering::Acquire);
        if deadline != IDLE && deadline <= now {
            let _ = slot.stop.compare_exchange(
                Stop::None as u8,
                Stop::Deadline as u8,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
        }
        ending |= deadline != IDLE && matches!(slot.stop(), Stop::Aborted | Stop::Deadline);
    }
    if ending {
        Python::attach(|py| raise_in(py, &slots));
    }
    ending
}

/// Code begins and ends with the GIL held, so while this thread holds it, a
/// slot's state is true.
fn raise_in(py: Python<'_>, slots: &[Arc<Slot>]) {
    let exception = failure::force_stopped(py);
    for slot in slots {
        let runs = slot.deadline.load(Ordering::Acquire) != IDLE;
        if runs && matches!(slot.stop(), Stop::Aborted | Stop::Deadline) {
            // SAFETY: the GIL is held; an unknown thread id is ignored.
            unsafe {
                ffi::PyThreadState_SetAsyncExc(slot.thread as _, exception.as_ptr());
            }
        }
    }
}

/// Watches the code that this thread runs, until dropped.
pub(crate) struct Watched {
    slot: Arc<Slot>,
    outer: u64,
}

impl Watched {
    /// Begins to watch; without a limit the code may only be aborted.
    ///
    /// Code within code ends at the earlier of both deadlines.
    pub(crate) fn begin(_: Python<'_>, limit: Option<Duration>) -> Self {
        let slot = MINE.with(|mine| Arc::clone(mine.get_or_init(new_slot)));
        let outer = slot.deadline.load(Ordering::Relaxed);
        let deadline = match limit {
            None => UNLIMITED,
            Some(limit) => {
                let nanos = u64::try_from(limit.as_nanos()).unwrap_or(UNLIMITED);
                watchdog().now().saturating_add(nanos).max(1)
            }
        };
        let deadline = if outer == IDLE {
            deadline
        } else {
            deadline.min(outer)
        };
        slot.deadline.store(deadline, Ordering::Release);
        Self { slot, outer }
    }

    /// Returns the slot, for who may want to abort the code.
    pub(crate) fn slot(&self) -> &Arc<Slot> {
        &self.slot
    }
}

impl Drop for Watched {
    /// The thread is attached to Python still: it was when this was made.
    fn drop(&mut self) {
        self.slot.deadline.store(self.outer, Ordering::Release);
        if self.outer == IDLE && self.slot.stop() != Stop::None {
            settle();
            self.slot.set_stop(Stop::None);
            // Code that was ended inside a handler can leave its exception
            // behind as the one being handled.
            // SAFETY: the thread is attached, and no Python frame of it is left.
            unsafe { ffi::PyErr_SetExcInfo(ptr::null_mut(), ptr::null_mut(), ptr::null_mut()) };
        }
    }
}

fn new_slot() -> Arc<Slot> {
    let slot = Arc::new(Slot {
        // SAFETY: returns the id by which CPython knows this thread.
        thread: unsafe { ffi::PyThread_get_thread_ident() } as c_ulong,
        deadline: AtomicU64::new(IDLE),
        stop: AtomicU8::new(Stop::None as u8),
    });
    watchdog().slots().push(Arc::downgrade(&slot));
    slot
}

/// Notes that the stopped code has ended: nothing is raised any more.
///
/// Called on the attached thread that ran the code, before more Python runs.
pub(crate) fn settle() {
    MINE.with(|mine| {
        let Some(slot) = mine.get() else { return };
        if slot.stop() == Stop::None {
            return;
        }
        slot.set_stop(Stop::Settled);
        // SAFETY: this thread is attached to Python; both calls take back what
        // the watchdog and `insist` did to it.
        unsafe {
            ffi::PyThreadState_SetAsyncExc(slot.thread as _, ptr::null_mut());
            if INSISTING.replace(false) {
                ffi::PyEval_SetTrace(None, ptr::null_mut());
            }
        }
    });
}

/// Makes every further line of the code raise, and says why it has to end.
///
/// Called in the code's own thread, while its exception is being made.
pub(crate) fn insist() -> Option<&'static str> {
    let stop = MINE.with(|mine| mine.get().map_or(Stop::None, |slot| slot.stop()));
    if !matches!(stop, Stop::Aborted | Stop::Deadline) {
        return None;
    }
    if !INSISTING.replace(true) {
        // SAFETY: this thread is attached to Python; the function lives as
        // long as the module and `settle` takes it back.
        unsafe { ffi::PyEval_SetTrace(Some(raise_again), ptr::null_mut()) };
    }
    (stop == Stop::Deadline).then_some(TOO_LONG)
}

extern "C" fn raise_again(
    _: *mut ffi::PyObject,
    _: *mut ffi::PyFrameObject,
    event: c_int,
    _: *mut ffi::PyObject,
) -> c_int {
    if event != ffi::PyTrace_LINE {
        return 0;
    }
    // SAFETY: CPython calls trace functions with the GIL held.
    let py = unsafe { Python::assume_attached() };
    let raised = boundary::shield(|| {
        let exception = failure::force_stopped(py);
        // SAFETY: the type is a live exception class.
        unsafe { ffi::PyErr_SetNone(exception.as_ptr()) };
    });
    if raised.is_ok() { -1 } else { 0 }
}
