//! Ends Python code that runs too long, or that somebody aborts.
//!
//! Each thread that runs Python has a [`Slot`]. The watchdog thread looks at all
//! slots a few times a second; where the time is up, or an abort was asked for,
//! every further line of the code raises `gears.forcestopped`, so that a bare `except:`
//! catches it only for a line. Before Python 3.12 the first exception is raised from here, which
//! makes the lines do so; and so are later ones where no line comes.
//!
//! What cannot be ended is C code that does not return, such as a long
//! `time.sleep` or a computation inside numpy: it ends when it comes back to
//! Python. Until then others go on without it, which what is handed in at the
//! start sees to.

mod clock;
pub(crate) mod ending;
pub(crate) mod grace;
pub(crate) mod held;
pub(crate) mod kept;
pub(crate) mod limit;
pub(crate) mod slot;

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use gears_server::boundary;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::cpython::spared::Wait;
use crate::cpython::{line, spared};
use crate::thread::prober;
use ending::{ask_to_look, swallow};
use kept::take_lock_back;
use slot::{Lines, Stop, at, live_slots, nanos};

pub(crate) use ending::{ForceStopped, OVERDUE, end_at_line, force_stopped, settle};
pub(crate) use grace::{GRACE, Grace};
pub(crate) use held::{holder, is_kept, keeps_python};
pub(crate) use kept::{Hold, Keeper, Keeping, keep, keeper};
pub(crate) use limit::{Watched, any_runs, begin_text, bound_work, others_run};
pub(crate) use slot::{
    Birth, Slot, Subject, abort_here, end_for_memory, expect_birth, is_watching,
};

/// How often deadlines are looked at.
const LOOK: Duration = Duration::from_millis(50);

/// How soon the exception is raised again while code goes on.
const INSIST: Duration = Duration::from_millis(10);

/// How often in a row it is not raised because code of scripts takes a lock or gives it back.
const PATIENCE: usize = 50;

/// The same where code of Python's own library does so, which it does not for long.
const LONG_PATIENCE: usize = 500;

/// How often in a row it is not raised in a thread that works because its lines are to raise,
/// although none comes.
const LINE_PATIENCE: usize = 10;

/// What a thread works at most between two looks that is asleep, or waits for Python.
const ASLEEP: Duration = Duration::from_micros(500);

/// Starts the watchdog's thread; called on the server's main one. What has a time of
/// its own is looked at by `tick` each time, which says whether it wants to look again soon.
///
/// # Errors
///
/// When the system gives no thread.
pub(crate) fn start(tick: fn() -> bool) -> std::io::Result<()> {
    kept::note_main();
    thread::Builder::new()
        .name("gears-watchdog".to_owned())
        .spawn(move || {
            let mut wait = LOOK;
            loop {
                slot::wait(wait);
                wait = match boundary::shield(|| look(tick)) {
                    Ok(true) => INSIST,
                    _ => LOOK,
                };
            }
        })
        .map(|_| ())
}

/// Marks what is overdue and raises where code has to end; says whether any
/// such code goes on, or there is another reason to look again soon.
fn look(tick: fn() -> bool) -> bool {
    let soon = tick();
    let now = at(Instant::now());
    let slots = live_slots();
    let mut ending = false;
    for slot in &slots {
        if slot.is_overdue(now) {
            let subject = slot.stop_for(Stop::Deadline).then(|| slot.subject());
            if let Some(subject) = subject.flatten() {
                subject.note_overdue();
            }
        }
        ending |= slot.has_to_end();
    }
    if ending || others_run() {
        prober::ask();
    }
    held::look(&slots);
    take_lock_back();
    ending || soon
}

/// Raises where code has to end.
///
/// Code begins and ends with the GIL held, so while this thread holds it, a
/// slot's state is true.
pub(crate) fn raise(py: Python<'_>) {
    let slots = live_slots();
    ask_to_look(py, &slots);
    let late: Vec<_> = slots
        .iter()
        .filter(|slot| slot.has_to_end() && is_late(slot))
        .collect();
    if late.is_empty() {
        return;
    }
    let exception = force_stopped(py);
    let running = spared::running(py);
    for slot in late {
        let wait = running
            .as_ref()
            .map_or(Wait::Not, |running| spared::waits_for(running, slot.thread));
        let most = match wait {
            Wait::Not => 0,
            Wait::Some => PATIENCE,
            Wait::Long => LONG_PATIENCE,
        };
        if most > 0 && slot.patience.fetch_add(1, Ordering::Relaxed) < most {
            continue;
        }
        slot.patience.store(0, Ordering::Relaxed);
        // SAFETY: the GIL is held; an unknown thread id is ignored.
        unsafe {
            ffi::PyThreadState_SetAsyncExc(slot.thread as _, exception.as_ptr());
        }
    }
    let_others_go_on(py, &exception);
}

/// Says whether the exception is to be raised in a thread: because its lines cannot be had to
/// raise otherwise, or because none comes that raises.
///
/// A thread that is asleep has no lines, and comes to one when it wakes up.
fn is_late(slot: &Slot) -> bool {
    if slot.births.load(Ordering::Acquire) != 0 {
        return false;
    }
    let worked = nanos(slot.clock.read());
    let before = slot.worked.swap(worked, Ordering::Relaxed);
    // No clock tells anything where systems do not show those of threads.
    let is_asleep = worked != 0 && worked.saturating_sub(before) < nanos(ASLEEP);
    let is_awaited = match slot.lines_since() {
        Lines::Free if !line::IS_ASKED_FOR => return true,
        Lines::Free | Lines::Awaited => !is_asleep,
        Lines::Spared => true,
        Lines::Come => {
            slot.patience.store(0, Ordering::Relaxed);
            false
        }
    };
    is_awaited && slot.patience.fetch_add(1, Ordering::Relaxed) >= LINE_PATIENCE
}

/// Has Python forget that exceptions are on their way, by taking one on this
/// thread; whoever has one itself remembers when it gets the GIL.
///
/// CPython 3.11 has one mark for all threads, and as long as it is set, code
/// that is profiled or traced looks for an exception of its own again and again
/// and gets nowhere: for ever where the one that is meant waits for the server.
fn let_others_go_on(py: Python<'_>, exception: &Bound<'_, PyAny>) {
    // SAFETY: the GIL is held, and the thread is this one.
    unsafe {
        let this = ffi::PyThread_get_thread_ident();
        ffi::PyThreadState_SetAsyncExc(this as _, exception.as_ptr());
    }
    swallow(py);
}
