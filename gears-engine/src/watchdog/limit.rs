//! Until when code may run.

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gears_server::{LogLevel, log};
use pyo3::ffi;
use pyo3::prelude::*;

use super::ending::settle;
use super::slot::{IDLE, Slot, Stop, UNLIMITED, at, is_watching, nanos};
use crate::cpython::runtime::runtime;
use crate::thread::block::Scope;
use crate::thread::thread_count;

/// How many threads run code.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Says whether other threads run code that is watched.
pub(crate) fn others_run() -> bool {
    let own = usize::from(is_watching());
    RUNNING.load(Ordering::Acquire) > own || thread_count::living() > 0
}

/// Says whether any thread runs code that is watched.
pub(crate) fn any_runs() -> bool {
    RUNNING.load(Ordering::Acquire) > 0 || thread_count::living() > 0
}

/// Watches the code that this thread runs, until dropped.
pub(crate) struct Watched {
    /// Its end comes first: blocks have limits within this one.
    _scope: Scope,
    limit: Limit,
}

impl Watched {
    /// Begins to watch; without a limit the code may only be aborted.
    ///
    /// Code within code ends at the earlier of both deadlines.
    pub(crate) fn begin(py: Python<'_>, limit: Option<Duration>) -> Self {
        Self {
            _scope: Scope::enter(),
            limit: Limit::begin(py, limit),
        }
    }

    /// Returns when it began: asking for the time twice would cost a call more
    /// than it tells.
    pub(crate) fn began(&self) -> Instant {
        self.limit.began
    }

    /// Returns the slot, for who may want to abort the code.
    pub(crate) fn slot(&self) -> &Arc<Slot> {
        &self.limit.slot
    }
}

/// Work that is bounded on this thread, until dropped.
pub(crate) struct Work(Arc<Slot>);

/// Has the limit of the code that this thread runs count only once the thread has worked for as
/// long: a busy machine may keep it from working.
pub(crate) fn bound_work(limit: Duration) -> Work {
    let slot = Slot::mine();
    let work = slot.clock.read().saturating_add(limit);
    slot.work.store(nanos(work), Ordering::Release);
    Work(slot)
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.work.store(0, Ordering::Release);
    }
}

/// How long the exception of code that was ended may take to be printed, before
/// others take its place.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How long it may take where nothing else bounds it.
const WORDS: Duration = Duration::from_secs(5);

/// Bounds the printing of an exception, until dropped: whatever it calls is code
/// of scripts.
pub(crate) struct Text {
    slot: Arc<Slot>,
    outer: u64,
    before: Stop,
}

/// Begins to print the exception of code that ended on this thread.
///
/// Code that still has time prints within that.
pub(crate) fn begin_text(_: Python<'_>) -> Option<Text> {
    let slot = Slot::mine();
    let (outer, before) = (slot.deadline.load(Ordering::Acquire), slot.stop());
    let limit = match (outer, before) {
        (_, Stop::Settled) => LAST_WORDS,
        (IDLE, Stop::None) => WORDS,
        _ => return None,
    };
    let deadline = at(Instant::now()).saturating_add(nanos(limit));
    let work = slot.clock.read().saturating_add(limit);
    slot.work.store(nanos(work), Ordering::Release);
    slot.set_stop(Stop::None);
    slot.deadline.store(deadline, Ordering::Release);
    Some(Text {
        slot,
        outer,
        before,
    })
}

impl Drop for Text {
    fn drop(&mut self) {
        settle();
        self.slot.deadline.store(self.outer, Ordering::Release);
        self.slot.work.store(0, Ordering::Release);
        self.slot.set_stop(self.before);
    }
}

/// Until when the code of this thread may run.
pub(super) struct Limit {
    pub(super) slot: Arc<Slot>,
    outer: u64,
    began: Instant,
}

impl Limit {
    pub(super) fn begin(_: Python<'_>, limit: Option<Duration>) -> Self {
        let slot = Slot::mine();
        let began = Instant::now();
        let outer = slot.deadline.load(Ordering::Relaxed);
        let deadline = match limit {
            None => UNLIMITED,
            Some(limit) => at(began).saturating_add(nanos(limit)).max(1),
        };
        let deadline = if outer == IDLE {
            slot.forget_subject();
            slot.patience.store(0, Ordering::Relaxed);
            RUNNING.fetch_add(1, Ordering::AcqRel);
            deadline
        } else {
            deadline.min(outer)
        };
        slot.deadline.store(deadline, Ordering::Release);
        Self { slot, outer, began }
    }
}

impl Drop for Limit {
    /// The thread is attached to Python still, as it was when this was made,
    /// unless it ends in the middle of a block: then there is nothing to settle.
    fn drop(&mut self) {
        self.slot.deadline.store(self.outer, Ordering::Release);
        if self.outer == IDLE {
            RUNNING.fetch_sub(1, Ordering::AcqRel);
        }
        // SAFETY: asks only what this thread is; any thread may.
        let attached = || unsafe { ffi::PyGILState_Check() } != 0;
        if self.outer == IDLE && self.slot.stop() != Stop::None && attached() {
            settle();
            self.slot.set_stop(Stop::None);
            // Code that was ended inside a handler can leave its exception
            // behind as the one being handled.
            // SAFETY: the thread is attached, and no Python frame of it is left.
            unsafe { ffi::PyErr_SetExcInfo(ptr::null_mut(), ptr::null_mut(), ptr::null_mut()) };
            // SAFETY: as above.
            forget_event_loop(unsafe { Python::assume_attached() });
        }
    }
}

/// Ends what an event loop that code ran, and that was ended, left behind.
fn forget_event_loop(py: Python<'_>) {
    let forgotten =
        runtime(py).and_then(|runtime| runtime.call_method0("forget_event_loop").map(drop));
    if let Err(exception) = forgotten {
        // Its message would be made by code of scripts.
        let kind = exception.get_type(py);
        let what = format!("an event loop was not ended: {kind}");
        log(LogLevel::Warning, &what);
    }
}
