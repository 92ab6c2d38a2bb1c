//! The threads that run Python code, as the watchdog sees them.

use std::cell::OnceCell;
use std::os::raw::c_ulong;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use pyo3::ffi;

use super::clock::Clock;
use crate::ground::poison::unpoisoned;
use crate::thread::worker::{self, Post};

/// No code runs in the slot.
pub(super) const IDLE: u64 = 0;

/// Code runs, for as long as it likes.
pub(super) const UNLIMITED: u64 = u64::MAX;

/// How much more time than it was given code may have that has not worked for as long.
pub(super) const LONGEST_DELAY: Duration = Duration::from_secs(2);

/// Why code was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
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
    pub(super) fn ends(self) -> bool {
        matches!(self, Self::Aborted | Self::Deadline | Self::Memory)
    }
}

/// What is known of the lines of code that has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    /// They do not raise.
    Free = 0,
    /// They raise, and none has come since that was last asked.
    Awaited = 1,
    /// One has come.
    Come = 2,
    /// One has come that is spared, when all had their time.
    Spared = 3,
}

/// What a thread runs code of.
pub(crate) trait Subject: Send + Sync {
    /// Names it as people call it, for the log.
    fn name(&self) -> String;

    /// Notes that its time is up.
    fn note_overdue(self: Arc<Self>);
}

/// One thread's running code.
pub(crate) struct Slot {
    pub(super) thread: c_ulong,
    /// When the code must have ended, in nanoseconds of our clock.
    pub(super) deadline: AtomicU64,
    stop: AtomicU8,
    /// What the thread is for, if it is a worker.
    post: Option<Arc<Post>>,
    subject: Mutex<Option<Weak<dyn Subject>>>,
    /// How many threads it is starting. Up to CPython 3.11 a thread has the id
    /// of the one that starts it until it runs, and would be the one that is
    /// found by it: who starts threads waits for them, and must not be left
    /// waiting for one that an exception has ended.
    pub(super) births: AtomicUsize,
    /// What is known of the lines of code that has to end.
    lines: AtomicU8,
    /// How often in a row nothing was raised in it although it has to end.
    pub(super) patience: AtomicUsize,
    /// How much the thread had worked when that was, in nanoseconds of its clock.
    pub(super) worked: AtomicU64,
    /// How much the thread may have worked, in nanoseconds of its own clock, until a
    /// deadline counts; 0 for deadlines that count at once.
    pub(super) work: AtomicU64,
    /// The thread as the system knows it, whose work is measured.
    pub(super) clock: Clock,
}

impl Slot {
    fn new() -> Self {
        Self {
            // SAFETY: returns the id by which CPython knows this thread.
            thread: unsafe { ffi::PyThread_get_thread_ident() } as c_ulong,
            deadline: AtomicU64::new(IDLE),
            stop: AtomicU8::new(Stop::None as u8),
            post: worker::mine(),
            subject: Mutex::default(),
            births: AtomicUsize::new(0),
            lines: AtomicU8::new(Lines::Free as u8),
            patience: AtomicUsize::new(0),
            worked: AtomicU64::new(0),
            work: AtomicU64::new(0),
            clock: Clock::mine(),
        }
    }

    /// Returns this thread's slot, made when it is first asked for.
    pub(super) fn mine() -> Arc<Self> {
        MINE.with(|mine| {
            Arc::clone(mine.get_or_init(|| {
                let slot = Arc::new(Self::new());
                slots().push(Arc::downgrade(&slot));
                slot
            }))
        })
    }

    pub(super) fn stop(&self) -> Stop {
        Stop::of(self.stop.load(Ordering::Acquire))
    }

    pub(super) fn set_stop(&self, stop: Stop) {
        self.stop.store(stop as u8, Ordering::Release);
    }

    /// Has the code end for a reason, unless it has one already; says whether
    /// that is news.
    pub(super) fn stop_for(&self, stop: Stop) -> bool {
        let none = Stop::None as u8;
        self.stop
            .compare_exchange(none, stop as u8, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    /// Says whether code runs that has to end.
    pub(super) fn has_to_end(&self) -> bool {
        self.is_running() && self.stop().ends()
    }

    /// Notes that its lines raise, and which kind of line has come.
    pub(super) fn note_line(&self, line: Lines) {
        self.lines.store(line as u8, Ordering::Release);
    }

    /// Returns which lines have come since this was last asked.
    pub(super) fn lines_since(&self) -> Lines {
        let lines = &self.lines;
        let awaited = |now| (now != Lines::Free as u8).then_some(Lines::Awaited as u8);
        match lines.fetch_update(Ordering::AcqRel, Ordering::Acquire, awaited) {
            Ok(2) => Lines::Come,
            Ok(3) => Lines::Spared,
            Ok(_) => Lines::Awaited,
            Err(_) => Lines::Free,
        }
    }

    /// Notes that its lines do not raise any more; says whether they did.
    pub(super) fn end_lines(&self) -> bool {
        self.lines.swap(Lines::Free as u8, Ordering::AcqRel) != Lines::Free as u8
    }

    /// Returns what the thread is for, if it is a worker.
    pub(crate) fn post(&self) -> Option<&Arc<Post>> {
        self.post.as_ref()
    }

    /// Notes whose code runs in this slot; what code causes meanwhile belongs to it.
    pub(crate) fn set_subject<T: Subject + 'static>(&self, subject: &Arc<T>) {
        let mut outermost = self.subject_now();
        if outermost.as_ref().is_none_or(|it| it.strong_count() == 0) {
            let weak = Arc::downgrade(subject);
            *outermost = Some(weak);
        }
    }

    /// Notes that nobody's code runs in this slot yet.
    pub(super) fn forget_subject(&self) {
        *self.subject_now() = None;
    }

    /// Returns whose code runs in this slot.
    pub(super) fn subject(&self) -> Option<Arc<dyn Subject>> {
        self.subject_now().as_ref().and_then(Weak::upgrade)
    }

    fn subject_now(&self) -> MutexGuard<'_, Option<Weak<dyn Subject>>> {
        unpoisoned(self.subject.lock())
    }

    pub(super) fn is_running(&self) -> bool {
        self.deadline.load(Ordering::Acquire) != IDLE
    }

    /// Says whether the code may run for as long as it likes.
    pub(super) fn is_unlimited(&self) -> bool {
        self.deadline.load(Ordering::Acquire) == UNLIMITED
    }

    /// Says whether the time of the code is up. Where its work is bounded, a busy
    /// machine gives it more time, up to [`LONGEST_DELAY`].
    pub(super) fn is_overdue(&self, now: u64) -> bool {
        let deadline = self.deadline.load(Ordering::Acquire);
        if deadline == IDLE || deadline > now {
            return false;
        }
        let work = self.work.load(Ordering::Acquire);
        work == 0 || now - deadline >= nanos(LONGEST_DELAY) || nanos(self.clock.read()) >= work
    }

    /// Asks for the end of the code that runs in this slot.
    pub(crate) fn abort(&self) {
        self.set_stop(Stop::Aborted);
        ASKED.notify_one();
    }

    /// Names whose code runs in this slot.
    pub(super) fn name(&self) -> String {
        self.subject().map_or_else(
            || "a coroutine or a block of a thread".to_owned(),
            |subject| subject.name(),
        )
    }
}

thread_local! {
    static MINE: OnceCell<Arc<Slot>> = const { OnceCell::new() };
}

static SLOTS: Mutex<Vec<Weak<Slot>>> = Mutex::new(Vec::new());
static ASKED: Condvar = Condvar::new();

/// When time began, for deadlines.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

fn slots() -> MutexGuard<'static, Vec<Weak<Slot>>> {
    unpoisoned(SLOTS.lock())
}

/// Returns the slots of all threads that are there.
pub(super) fn live_slots() -> Vec<Arc<Slot>> {
    let mut live = Vec::new();
    slots().retain(|slot| {
        let slot = slot.upgrade();
        live.extend(slot.iter().cloned());
        slot.is_some()
    });
    live
}

/// Waits until somebody asks for the end of code, for that long at most.
pub(super) fn wait(longest: Duration) {
    let waited = ASKED.wait_timeout(slots(), longest);
    drop(unpoisoned(waited));
}

/// Returns a time on our clock, in nanoseconds.
pub(super) fn at(time: Instant) -> u64 {
    nanos(time.saturating_duration_since(*EPOCH))
}

/// Returns so many nanoseconds.
pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(UNLIMITED - 1)
}

/// Looks at this thread's slot; a thread that ends may have none any more.
pub(super) fn mine<T>(look: impl FnOnce(&Arc<Slot>) -> T) -> Option<T> {
    MINE.try_with(|mine| mine.get().map(look)).ok().flatten()
}

/// Says whether code on this thread is watched. For allocators: touches nothing
/// that allocates.
pub(crate) fn is_watching() -> bool {
    mine(|slot| slot.deadline.load(Ordering::Relaxed) != IDLE).unwrap_or(false)
}

/// Has the code on this thread end for its use of memory. For allocators.
pub(crate) fn end_for_memory() {
    mine(|slot| slot.stop_for(Stop::Memory));
    ASKED.notify_one();
}

/// Asks for the end of the code on this thread, unless that has ended: what would end then is
/// the code that comes next.
pub(crate) fn abort_here() {
    mine(|slot| {
        if slot.is_running() {
            slot.abort();
        }
    });
}

/// A thread that this one starts, until it runs.
pub(crate) struct Birth(Arc<Slot>);

/// Notes that this thread, if code on it is watched, begins to start another one.
pub(crate) fn expect_birth() -> Option<Birth> {
    mine(|slot| {
        slot.births.fetch_add(1, Ordering::AcqRel);
        Birth(Arc::clone(slot))
    })
}

impl Drop for Birth {
    fn drop(&mut self) {
        self.0.births.fetch_sub(1, Ordering::AcqRel);
    }
}
