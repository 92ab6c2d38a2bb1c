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
//! Python. Until then others go on without it, see `execution::late`.

mod held;
mod kept;

use std::cell::{Cell, OnceCell};
use std::os::raw::{c_int, c_ulong};
use std::ptr;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use gears_server::boundary;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::block::Scope;
use crate::execution::{Execution, flow, late};
use crate::python::runtime::runtime;
use crate::python::{failure, spared};
use crate::worker::{self, Post};
use crate::{block, gil};

pub(crate) use held::{holder, is_kept, keeps_python};
pub(crate) use kept::{Keeper, Keeping, keep, keeper};

use kept::{Block, take_lock_back};

/// How often deadlines are looked at.
const LOOK: Duration = Duration::from_millis(50);

/// How soon the exception is raised again while code goes on.
const INSIST: Duration = Duration::from_millis(10);

/// How often in a row it is not raised because code takes a lock or gives it back.
const PATIENCE: usize = 50;

/// What clients are told of a function that was ended at its deadline.
pub(crate) const OVERDUE: &str = "the function ran longer than its deadline allows";

/// What clients are told of a function that was ended for its small objects.
const TOO_MUCH_MEMORY: &str = "Python uses more memory than PythonMemoryLimit allows";

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
    Memory = 4,
}

impl Stop {
    fn of(number: u8) -> Self {
        match number {
            1 => Self::Aborted,
            2 => Self::Deadline,
            3 => Self::Settled,
            4 => Self::Memory,
            _ => Self::None,
        }
    }

    /// Says whether the code has to end.
    fn ends(self) -> bool {
        matches!(self, Self::Aborted | Self::Deadline | Self::Memory)
    }
}

/// One thread's running code.
pub(crate) struct Slot {
    thread: c_ulong,
    /// When the code must have ended, in nanoseconds of our clock.
    deadline: AtomicU64,
    stop: AtomicU8,
    /// What the thread is for, if it is a worker.
    post: Option<Arc<Post>>,
    /// The execution that it runs code of.
    execution: Mutex<Weak<Execution>>,
    /// How many threads it is starting. Up to CPython 3.11 a thread has the id
    /// of the one that starts it until it runs, and would be the one that is
    /// found by it: who starts threads waits for them, and must not be left
    /// waiting for one that an exception has ended.
    births: AtomicUsize,
    /// How often in a row it was not ended because it took a lock or gave it back.
    patience: AtomicUsize,
    /// The thread as the system knows it, whose work is measured.
    clock: held::Clock,
}

impl Slot {
    fn stop(&self) -> Stop {
        Stop::of(self.stop.load(Ordering::Acquire))
    }

    fn set_stop(&self, stop: Stop) {
        self.stop.store(stop as u8, Ordering::Release);
    }

    /// Returns what the thread is for, if it is a worker.
    pub(crate) fn post(&self) -> Option<&Arc<Post>> {
        self.post.as_ref()
    }

    /// Notes whose code runs in this slot; what code causes meanwhile belongs to it.
    pub(crate) fn set_execution(&self, execution: &Arc<Execution>) {
        let mut outermost = self.execution();
        if outermost.strong_count() == 0 {
            *outermost = Arc::downgrade(execution);
        }
    }

    fn execution(&self) -> MutexGuard<'_, Weak<Execution>> {
        self.execution
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn is_running(&self) -> bool {
        self.deadline.load(Ordering::Acquire) != IDLE
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

/// How many threads run code.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Says whether other threads run code that is watched.
pub(crate) fn others_run() -> bool {
    let own = usize::from(is_watching());
    RUNNING.load(Ordering::Acquire) > own || crate::python::thread::living() > 0
}

/// Says whether code on this thread is watched. For allocators: touches nothing
/// that allocates.
pub(crate) fn is_watching() -> bool {
    mine(|slot| slot.deadline.load(Ordering::Relaxed) != IDLE).unwrap_or(false)
}

/// Has the code on this thread end for its use of memory. For allocators.
pub(crate) fn end_for_memory() {
    mine(|slot| {
        let _ = slot.stop.compare_exchange(
            Stop::None as u8,
            Stop::Memory as u8,
            Ordering::AcqRel,
            Ordering::Relaxed,
        );
    });
    watchdog().asked.notify_one();
}

/// Looks at this thread's slot; a thread that ends may have none any more.
fn mine<T>(look: impl FnOnce(&Slot) -> T) -> Option<T> {
    MINE.try_with(|mine| mine.get().map(|slot| look(slot)))
        .ok()
        .flatten()
}

struct Watchdog {
    slots: Mutex<Vec<Weak<Slot>>>,
    /// The slot of the server's main thread.
    main: OnceLock<Arc<Slot>>,
    /// The slot of the thread in an `atomic` block.
    block: Mutex<Option<Block>>,
    asked: Condvar,
    epoch: Instant,
}

impl Watchdog {
    fn slots(&self) -> MutexGuard<'_, Vec<Weak<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn live_slots(&self) -> Vec<Arc<Slot>> {
        let mut live = Vec::new();
        self.slots().retain(|slot| {
            let slot = slot.upgrade();
            live.extend(slot.iter().cloned());
            slot.is_some()
        });
        live
    }

    fn block(&self) -> MutexGuard<'_, Option<Block>> {
        self.block.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        self.at(Instant::now())
    }

    fn at(&self, time: Instant) -> u64 {
        let since = time.saturating_duration_since(self.epoch);
        u64::try_from(since.as_nanos()).unwrap_or(UNLIMITED - 1)
    }
}

fn watchdog() -> &'static Watchdog {
    static WATCHDOG: OnceLock<Watchdog> = OnceLock::new();
    WATCHDOG.get_or_init(|| Watchdog {
        slots: Mutex::default(),
        main: OnceLock::new(),
        block: Mutex::default(),
        asked: Condvar::new(),
        epoch: Instant::now(),
    })
}

/// Starts the watchdog's thread; called on the server's main one.
///
/// # Errors
///
/// When the system gives no thread.
pub(crate) fn start() -> std::io::Result<()> {
    let dog = watchdog();
    let _ = dog
        .main
        .set(MINE.with(|mine| Arc::clone(mine.get_or_init(new_slot))));
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
    flow::end_overdue();
    late::give_up();
    let now = dog.now();
    let slots = dog.live_slots();
    let mut ending = false;
    for slot in &slots {
        let deadline = slot.deadline.load(Ordering::Acquire);
        if deadline != IDLE && deadline <= now {
            let stopped = slot.stop.compare_exchange(
                Stop::None as u8,
                Stop::Deadline as u8,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            let execution = stopped.is_ok().then(|| slot.execution().upgrade());
            if let Some(execution) = execution.flatten() {
                execution.note_overdue();
            }
        }
        ending |= deadline != IDLE && slot.stop().ends();
    }
    if ending || others_run() {
        gil::ask();
    }
    held::look(&slots);
    take_lock_back(dog);
    ending
}

/// Raises where code has to end.
///
/// Code begins and ends with the GIL held, so while this thread holds it, a
/// slot's state is true.
pub(crate) fn raise(py: Python<'_>) {
    let slots = watchdog().live_slots();
    let ends = |slot: &Arc<Slot>| slot.is_running() && slot.stop().ends();
    if !slots.iter().any(ends) {
        return;
    }
    let exception = failure::force_stopped(py);
    let running = spared::running(py);
    for slot in slots {
        if ends(&slot) && slot.births.load(Ordering::Acquire) == 0 {
            let is_spared = running
                .as_ref()
                .is_some_and(|running| spared::spares(running, slot.thread));
            if is_spared && slot.patience.fetch_add(1, Ordering::Relaxed) < PATIENCE {
                continue;
            }
            slot.patience.store(0, Ordering::Relaxed);
            // SAFETY: the GIL is held; an unknown thread id is ignored.
            unsafe {
                ffi::PyThreadState_SetAsyncExc(slot.thread as _, exception.as_ptr());
            }
        }
    }
    let_others_go_on(py, &exception);
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
    let slot = MINE.with(|mine| Arc::clone(mine.get_or_init(new_slot)));
    let (outer, before) = (slot.deadline.load(Ordering::Acquire), slot.stop());
    let limit = match (outer, before) {
        (_, Stop::Settled) => LAST_WORDS,
        (IDLE, Stop::None) => WORDS,
        _ => return None,
    };
    let nanos = u64::try_from(limit.as_nanos()).unwrap_or(UNLIMITED);
    let deadline = watchdog().now().saturating_add(nanos);
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
        self.slot.set_stop(self.before);
    }
}

/// Until when the code of this thread may run.
struct Limit {
    slot: Arc<Slot>,
    outer: u64,
    began: Instant,
}

impl Limit {
    fn begin(_: Python<'_>, limit: Option<Duration>) -> Self {
        let slot = MINE.with(|mine| Arc::clone(mine.get_or_init(new_slot)));
        let began = Instant::now();
        let outer = slot.deadline.load(Ordering::Relaxed);
        let deadline = match limit {
            None => UNLIMITED,
            Some(limit) => {
                let nanos = u64::try_from(limit.as_nanos()).unwrap_or(UNLIMITED);
                watchdog().at(began).saturating_add(nanos).max(1)
            }
        };
        let deadline = if outer == IDLE {
            *slot.execution() = Weak::new();
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

fn new_slot() -> Arc<Slot> {
    let slot = Arc::new(Slot {
        // SAFETY: returns the id by which CPython knows this thread.
        thread: unsafe { ffi::PyThread_get_thread_ident() } as c_ulong,
        deadline: AtomicU64::new(IDLE),
        stop: AtomicU8::new(Stop::None as u8),
        post: worker::mine(),
        execution: Mutex::default(),
        births: AtomicUsize::new(0),
        patience: AtomicUsize::new(0),
        clock: held::Clock::mine(),
    });
    watchdog().slots().push(Arc::downgrade(&slot));
    slot
}

/// A thread that this one starts, until it runs.
pub(crate) struct Birth(Arc<Slot>);

/// Notes that this thread, if code on it is watched, begins to start another one.
pub(crate) fn expect_birth() -> Option<Birth> {
    MINE.with(|mine| {
        mine.get().map(|slot| {
            slot.births.fetch_add(1, Ordering::AcqRel);
            Birth(Arc::clone(slot))
        })
    })
}

impl Drop for Birth {
    fn drop(&mut self) {
        self.0.births.fetch_sub(1, Ordering::AcqRel);
    }
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
        if INSISTING.replace(false) {
            // SAFETY: this thread is attached to Python; the call takes back
            // what `insist` did to it.
            unsafe { ffi::PyEval_SetTrace(None, ptr::null_mut()) };
        }
        // SAFETY: the caller's thread is attached.
        swallow(unsafe { Python::assume_attached() });
    });
}

/// Lets an exception that the watchdog has raised, and that has not come up
/// yet, come up here. It cannot be taken back instead: CPython 3.11 then looks
/// for it at every call and loop from there on, and for ever where a profiler
/// is at work.
fn swallow(py: Python<'_>) {
    static NOTHING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let nothing =
        NOTHING.get_or_try_init(py, || runtime(py)?.getattr("nothing").map(Bound::unbind));
    if let Ok(nothing) = nothing {
        // What it raises is what has to go.
        let _ = nothing.call0(py);
    }
}

/// Ends what an event loop that code ran, and that was ended, left behind.
fn forget_event_loop(py: Python<'_>) {
    let forgotten =
        runtime(py).and_then(|runtime| runtime.call_method0("forget_event_loop").map(drop));
    if let Err(exception) = forgotten {
        failure::log(py, "an event loop was not ended", &exception);
    }
}

/// Makes every further line of the code raise, and says why it has to end.
///
/// Called in the code's own thread, while its exception is being made.
pub(crate) fn insist() -> Option<&'static str> {
    let stop = MINE.with(|mine| mine.get().map_or(Stop::None, |slot| slot.stop()));
    if !stop.ends() {
        return None;
    }
    if !INSISTING.replace(true) {
        // SAFETY: this thread is attached to Python; the function lives as
        // long as the module and `settle` takes it back.
        unsafe { ffi::PyEval_SetTrace(Some(raise_again), ptr::null_mut()) };
    }
    match stop {
        Stop::Deadline => Some(OVERDUE),
        Stop::Memory => Some(TOO_MUCH_MEMORY),
        _ => None,
    }
}

extern "C" fn raise_again(
    _: *mut ffi::PyObject,
    frame: *mut ffi::PyFrameObject,
    event: c_int,
    _: *mut ffi::PyObject,
) -> c_int {
    if event != ffi::PyTrace_LINE {
        return 0;
    }
    // SAFETY: CPython calls trace functions with the GIL held, and with a frame
    // that lives meanwhile.
    let (py, frame) = unsafe {
        let py = Python::assume_attached();
        (py, Bound::from_borrowed_ptr(py, frame.cast()))
    };
    if boundary::shield(|| spared::is_spared(&frame)).unwrap_or(false) {
        return 0;
    }
    // Code that has to end only because of its block raises here for the last
    // time, and goes on without the block if it likes: the event loop does.
    block::end_outside_scopes();
    let raised = boundary::shield(|| {
        let exception = failure::force_stopped(py);
        // SAFETY: the type is a live exception class.
        unsafe { ffi::PyErr_SetNone(exception.as_ptr()) };
    });
    if raised.is_ok() { -1 } else { 0 }
}
