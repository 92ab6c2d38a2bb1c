//! The Redis lock: the only place that takes it.
//!
//! Order: Redis lock, then GIL. On the main thread the server holds its lock
//! for us while a command runs ([`held`]). Any other thread asks for it with
//! [`with_redis`], which detaches from Python first, or holds it for a while
//! with [`Atomic`].
//!
//! The server's lock is not a fair one: a thread that gives it back and asks
//! again at once gets it before the main thread has woken up. So our threads
//! queue before it at a gate of their own, where one of them at a time competes
//! with the main thread, and one that has held it long enough stands back.

mod gate;
pub(crate) mod gil;
mod hold;

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use gears_server::held::{self, Entered};
use gears_server::{Context, OwnContext, do_waiting_by_command};
use pyo3::Python;

use crate::config::sync_deadline;
use crate::ground::own_thread;
use crate::ground::poison::unpoisoned;
use crate::thread::{block, prober};
use crate::watchdog::{self, Keeper, Keeping};
use gate::{Gate, Inside};
use hold::Hold;

thread_local! {
    /// The lock of the block that this thread is in, which may be taken from it.
    static HOLD: RefCell<Option<Arc<Hold>>> = const { RefCell::new(None) };
    /// How this thread has used the lock since it last stood back.
    static USED: Cell<Option<Use>> = const { Cell::new(None) };
    /// This thread's own context, made when it first asks for the lock.
    static OWN: Own = Own::new();
}

/// Says whether this thread holds the Redis lock.
pub(crate) fn is_held() -> bool {
    let taken_back = held::was_asked_for()
        && HOLD.with_borrow(|hold| hold.as_ref().is_some_and(|hold| !hold.is_held()));
    if taken_back {
        held::forget();
    }
    held::is_held()
}

/// The lock that this thread holds, which stays as long as this does.
struct Using {
    context: OwnContext,
    _call: Option<hold::Call>,
}

impl Using {
    /// Begins to use the lock if this thread holds it.
    fn begin() -> Option<Self> {
        let context = held::context().filter(|_| is_held())?;
        let hold = HOLD.with_borrow(Clone::clone);
        let call = match hold.filter(|_| held::was_asked_for()) {
            None => None,
            Some(hold) => {
                let call = hold.begin_call();
                if call.is_none() {
                    held::forget();
                }
                Some(call?)
            }
        };
        Some(Self {
            context,
            _call: call,
        })
    }
}

/// Runs `work` with the server, under its lock.
///
/// A thread that holds the lock already goes on as it is; any other detaches
/// from Python, waits for the lock, works, gives it back and attaches again.
/// So `work` must not touch Python objects.
pub(crate) fn with_redis<T: Send>(py: Python<'_>, work: impl FnOnce(&Context) -> T + Send) -> T {
    let Some(using) = Using::begin() else {
        return py.detach(|| without_python(work));
    };
    // SAFETY: a context is noted only while this thread holds the lock, and lives at
    // least as long, and a block's lock stays while it is used.
    let context = unsafe { using.context.get() };
    work(&context)
}

/// As [`with_redis`], but gives up when the lock is kept by code that has to end:
/// it may wait for this very thread, and then neither would ever go on.
///
/// Only threads that Python code started can be waited for in this way.
pub(crate) fn with_redis_unless_kept<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&Context) -> T + Send,
) -> Option<T> {
    if is_held() || own_thread::is_here() {
        return Some(with_redis(py, work));
    }
    py.detach(|| {
        let own = OWN.with(|own| own.0);
        let locked = Locked::take_unless_kept(own)?;
        Some(with_lock(own, locked, work))
    })
}

/// Runs `work` under the Redis lock on a thread that is not attached to Python.
pub(crate) fn without_python<T>(work: impl FnOnce(&Context) -> T) -> T {
    let own = OWN.with(|own| own.0);
    with_lock(own, Locked::take(own), work)
}

fn with_lock<T>(own: OwnContext, locked: Locked, work: impl FnOnce(&Context) -> T) -> T {
    free_left();
    // What is left to do for commands of the main thread, and then of this one.
    locked.do_waiting();
    let done = {
        // SAFETY: the lock is held until `locked` is dropped, after `work`.
        let context = unsafe { own.get() };
        let _entered = held::enter_own(&context);
        work(&context)
    };
    locked.do_waiting();
    done
}

/// How long a thread may hold the Redis lock, one time after the other, until
/// it stands back.
const TURN: Duration = Duration::from_millis(2);

/// How long it stands back: the main thread wakes up and takes the lock in less.
const PAUSE: Duration = Duration::from_micros(50);

/// Where our threads wait for each other: taken before the Redis lock, given
/// back after it, and never touched by the main thread.
static GATE: Gate = Gate::new();

/// How a thread has used the lock.
#[derive(Clone, Copy)]
struct Use {
    /// For how long since it last stood back.
    held: Duration,
    given_back: Instant,
}

struct Locked {
    context: OwnContext,
    since: Instant,
    _inside: Inside,
}

impl Locked {
    /// Waits for the lock, on a thread that is not attached to Python.
    fn take(context: OwnContext) -> Self {
        if let Some(used) = USED.get()
            && used.held >= TURN
        {
            USED.set(None);
            if let Some(rest) = PAUSE.checked_sub(used.given_back.elapsed()) {
                thread::sleep(rest);
            }
        }
        let inside = GATE.enter();
        // SAFETY: the context is this thread's own and live.
        unsafe { context.lock() };
        Self::taken(context, inside)
    }

    /// Takes the lock if nobody has it.
    fn try_take(context: OwnContext) -> Option<Self> {
        let inside = GATE.try_enter()?;
        // SAFETY: as in `take`.
        unsafe { context.try_lock() }.then(|| Self::taken(context, inside))
    }

    fn taken(context: OwnContext, inside: Inside) -> Self {
        Self {
            context,
            since: Instant::now(),
            _inside: inside,
        }
    }

    /// Does what waits for the end of commands, between two of them.
    fn do_waiting(&self) {
        // SAFETY: this thread has the lock with this context.
        do_waiting_by_command(&unsafe { self.context.get() });
    }

    /// Asks again and again while code of functions has the lock, and waits for
    /// anybody else. What no deadline ends is waited for as long as what has one.
    fn take_unless_kept(context: OwnContext) -> Option<Self> {
        let mut pause = SHORTEST_PAUSE;
        let began = Instant::now();
        loop {
            if let Some(locked) = Self::try_take(context) {
                return Some(locked);
            }
            match watchdog::keeper() {
                Keeper::Nobody => return Some(Self::take(context)),
                Keeper::Ending => return None,
                Keeper::Unbounded if sync_deadline().is_some_and(|it| began.elapsed() >= it) => {
                    return None;
                }
                Keeper::Running | Keeper::Unbounded => thread::sleep(pause),
            }
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}

/// Between two attempts to get the lock.
const SHORTEST_PAUSE: Duration = Duration::from_micros(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(1);

impl Drop for Locked {
    fn drop(&mut self) {
        // SAFETY: this thread took the lock with this context.
        unsafe { self.context.unlock() };
        let given_back = Instant::now();
        let before = USED.get().map_or(Duration::ZERO, |used| used.held);
        USED.set(Some(Use {
            held: before + (given_back - self.since),
            given_back,
        }));
    }
}

/// The Redis lock, held over Python code: the body of `with atomic():`.
///
/// On the main thread the lock is held anyway and this only notes the block.
pub(crate) struct Atomic {
    locked: Option<(Arc<Hold>, Entered, Keeping)>,
}

impl Atomic {
    /// Takes the lock if this thread does not hold it.
    ///
    /// The thread attaches to Python again with the lock held, which is the
    /// allowed order.
    pub(crate) fn begin(py: Python<'_>) -> Self {
        if is_held() {
            return Self { locked: None };
        }
        let locked = py.detach(|| {
            prober::wait_while_kept();
            let locked = Locked::take(OWN.with(|own| own.0));
            locked.do_waiting();
            locked
        });
        // SAFETY: the lock is held until this block is dropped, or taken from it,
        // which is noticed before the context is used.
        let entered = held::enter_own(&unsafe { locked.context.get() });
        let hold = Arc::new(Hold::new(locked));
        HOLD.set(Some(Arc::clone(&hold)));
        let keeping = watchdog::keep(py, Arc::clone(&hold) as Arc<dyn watchdog::Hold>);
        Self {
            locked: Some((hold, entered, keeping)),
        }
    }
}

impl Drop for Atomic {
    fn drop(&mut self) {
        if let Some((hold, entered, keeping)) = self.locked.take() {
            drop(keeping);
            drop(entered);
            // Gone already where a thread ends within its block.
            let _ = HOLD.try_with(RefCell::take);
            hold.end();
        }
    }
}

/// A thread's own context, and whether the thread is the main one.
struct Own(OwnContext, bool);

impl Own {
    fn new() -> Self {
        Self(OwnContext::make(), held::is_main_thread())
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // The main thread ends with the process, and holds the lock while it does.
        if self.1 {
            return;
        }
        // This thread may have the lock already: in a block that nobody left.
        block::end_with_thread();
        // Freeing releases a client of the server, under its lock. Who has that may wait for this
        // very thread to end, as `join` does from Python 3.13 on.
        unpoisoned(LEFT.lock()).push(self.0);
    }
}

/// The contexts of threads that have ended; who has the lock next frees them.
static LEFT: Mutex<Vec<OwnContext>> = Mutex::new(Vec::new());

/// Frees what threads have left that ended, under the lock.
fn free_left() {
    let left = std::mem::take(&mut *unpoisoned(LEFT.lock()));
    for context in left {
        // SAFETY: this thread has the lock; the context's own thread has ended, and nobody else
        // frees it.
        unsafe { context.free() };
    }
}
