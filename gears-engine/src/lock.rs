//! The Redis lock: the only place that takes it.
//!
//! Order: Redis lock, then GIL. On the main thread the server holds its lock
//! for us while a command runs ([`enter`]). Any other thread asks for it with
//! [`with_redis`], which detaches from Python first, or holds it for a while
//! with [`Atomic`].
//!
//! The server's lock is not a fair one: a thread that gives it back and asks
//! again at once gets it before the main thread has woken up. So our threads
//! queue before it at a gate of their own, where one of them at a time competes
//! with the main thread, and one that has held it long enough stands back.

mod gate;
mod hold;

use std::cell::{Cell, RefCell};
use std::os::raw::c_int;
use std::ptr;
use std::sync::{Arc, OnceLock};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use pyo3::Python;

use crate::api::{Context, api, do_waiting_by_command, raw};
use crate::watchdog::{self, Keeper, Keeping};
use crate::{block, gil};

use gate::{Gate, Inside};
pub(crate) use hold::Hold;

thread_local! {
    /// The context to use while this thread holds the Redis lock, else null.
    static HELD: Cell<*mut raw::RedisModuleCtx> = const { Cell::new(ptr::null_mut()) };
    /// Whether the call in progress came from our own `execute`.
    static NESTED: Cell<bool> = const { Cell::new(false) };
    /// The lock of the block that this thread is in, which may be taken from it.
    static HOLD: RefCell<Option<Arc<Hold>>> = const { RefCell::new(None) };
    /// How this thread has used the lock since it last stood back.
    static USED: Cell<Option<Use>> = const { Cell::new(None) };
    /// This thread's own context, made when it first asks for the lock.
    static OWN: OwnContext = OwnContext::new();
}

/// Notes that this thread holds the Redis lock, until dropped.
pub(crate) struct Entered {
    previous: *mut raw::RedisModuleCtx,
    nested: bool,
}

/// Notes that the server called us with its lock held.
pub(crate) fn enter(context: &Context) -> Entered {
    let previous = HELD.replace(context.raw());
    Entered {
        previous,
        nested: NESTED.replace(!previous.is_null()),
    }
}

/// Notes the same lock and context once more, for work within work.
pub(crate) fn enter_again(context: &Context) -> Entered {
    Entered {
        previous: HELD.replace(context.raw()),
        nested: NESTED.get(),
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        HELD.set(self.previous);
        NESTED.set(self.nested);
    }
}

/// Says whether this thread holds the Redis lock.
pub(crate) fn is_held() -> bool {
    let held = HELD.get();
    if held.is_null() {
        return false;
    }
    let taken_back = HOLD.with_borrow(|hold| {
        hold.as_ref()
            .is_some_and(|hold| !is_within_call(held) && !hold.is_held())
    });
    if taken_back {
        HELD.set(ptr::null_mut());
    }
    !taken_back
}

/// Says whether the server called us with this context, and not a block began by
/// our asking for the lock.
fn is_within_call(held: *mut raw::RedisModuleCtx) -> bool {
    OWN.with(|own| held != own.0)
}

/// The lock that this thread holds, which stays as long as this does.
struct Using {
    context: *mut raw::RedisModuleCtx,
    _call: Option<hold::Call>,
}

impl Using {
    /// Begins to use the lock if this thread holds it.
    fn begin() -> Option<Self> {
        if !is_held() {
            return None;
        }
        let context = HELD.get();
        let hold = HOLD.with_borrow(Clone::clone);
        let call = match hold.filter(|_| !is_within_call(context)) {
            None => None,
            Some(hold) => match hold.begin_call() {
                Some(call) => Some(call),
                None => {
                    HELD.set(ptr::null_mut());
                    return None;
                }
            },
        };
        Some(Self {
            context,
            _call: call,
        })
    }
}

/// Says whether the server was called by us when it called us.
pub(crate) fn is_nested() -> bool {
    NESTED.get()
}

/// Says whether this thread holds the lock because it asked for it, and not
/// because the server called it.
pub(crate) fn was_asked_for() -> bool {
    OWN.with(|own| HELD.get() == own.0)
}

/// The server's main thread, which loads us.
static MAIN_THREAD: OnceLock<ThreadId> = OnceLock::new();

/// Notes that this is the server's main thread.
pub(crate) fn note_main_thread() {
    let _ = MAIN_THREAD.set(thread::current().id());
}

/// Says whether this is the server's main thread.
pub(crate) fn is_main_thread() -> bool {
    MAIN_THREAD.get() == Some(&thread::current().id())
}

/// Says whether this thread is the server's main one or one that the engine
/// started: Python code started the others.
pub(crate) fn is_own_thread() -> bool {
    is_main_thread() || thread::current().name().is_some()
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
    // SAFETY: `HELD` is set only while this thread holds the lock, to a context
    // that lives at least as long, and a block's lock stays while it is used.
    let context = unsafe { Context::new(using.context) };
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
    if is_held() || is_own_thread() {
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

fn with_lock<T>(
    own: *mut raw::RedisModuleCtx,
    locked: Locked,
    work: impl FnOnce(&Context) -> T,
) -> T {
    // What is left to do for commands of the main thread, and then of this one.
    locked.do_waiting();
    let done = {
        // SAFETY: the lock is held until `locked` is dropped, after `work`.
        let context = unsafe { Context::new(own) };
        let _entered = enter(&context);
        work(&context)
    };
    locked.do_waiting();
    done
}

/// Runs `work` with the server on its main thread, which has the lock but is in no
/// command, nor in anything else that it called us for.
pub(crate) fn with_main_context<T>(work: impl FnOnce(&Context) -> T) -> T {
    // SAFETY: the main thread holds the lock whenever it calls us.
    work(&unsafe { Context::new(OWN.with(|own| own.0)) })
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
    context: *mut raw::RedisModuleCtx,
    since: Instant,
    _inside: Inside,
}

// SAFETY: the context is only handed to the server's function for unlocking, which
// does not look into it; what that asks of threads is in `Hold::take_back`.
unsafe impl Send for Locked {}

impl Locked {
    /// Waits for the lock, on a thread that is not attached to Python.
    fn take(context: *mut raw::RedisModuleCtx) -> Self {
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
        unsafe { api!(RedisModule_ThreadSafeContextLock(context)) };
        Self::taken(context, inside)
    }

    /// Takes the lock if nobody has it.
    fn try_take(context: *mut raw::RedisModuleCtx) -> Option<Self> {
        let inside = GATE.try_enter()?;
        // SAFETY: as in `take`; the function is as old as Redis 6.2.
        let taken = unsafe { api!(RedisModule_ThreadSafeContextTryLock(context)) };
        (taken == raw::REDISMODULE_OK as c_int).then(|| Self::taken(context, inside))
    }

    fn taken(context: *mut raw::RedisModuleCtx, inside: Inside) -> Self {
        Self {
            context,
            since: Instant::now(),
            _inside: inside,
        }
    }

    /// Does what waits for the end of commands, between two of them.
    fn do_waiting(&self) {
        // SAFETY: this thread has the lock with this context.
        do_waiting_by_command(&unsafe { Context::new(self.context) });
    }

    /// Asks again and again while code of functions has the lock, and waits for
    /// anybody else.
    fn take_unless_kept(context: *mut raw::RedisModuleCtx) -> Option<Self> {
        let mut pause = SHORTEST_PAUSE;
        loop {
            if let Some(locked) = Self::try_take(context) {
                return Some(locked);
            }
            match watchdog::keeper() {
                Keeper::Nobody => return Some(Self::take(context)),
                Keeper::Ending => return None,
                Keeper::Running => thread::sleep(pause),
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
        unsafe { api!(RedisModule_ThreadSafeContextUnlock(self.context)) };
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
            gil::wait_while_kept();
            let locked = Locked::take(OWN.with(|own| own.0));
            locked.do_waiting();
            locked
        });
        // SAFETY: the lock is held until this block is dropped, or taken from it,
        // which is noticed before the context is used.
        let entered = enter(&unsafe { Context::new(locked.context) });
        let hold = Arc::new(Hold::new(locked));
        HOLD.set(Some(Arc::clone(&hold)));
        let keeping = watchdog::keep(py, &hold);
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
struct OwnContext(*mut raw::RedisModuleCtx, bool);

impl OwnContext {
    fn new() -> Self {
        // SAFETY: without a blocked client the server makes a context of its
        // own for this thread; no lock is needed.
        let context = unsafe { api!(RedisModule_GetThreadSafeContext(ptr::null_mut())) };
        Self(context, is_main_thread())
    }
}

impl Drop for OwnContext {
    fn drop(&mut self) {
        // The main thread ends with the process, and holds the lock while it does.
        if self.1 {
            return;
        }
        // This thread may have the lock already: in a block that nobody left.
        block::end_with_thread();
        // Freeing releases a client of the server, so it happens under the lock.
        let _locked = Locked::take(self.0);
        // SAFETY: the context is this thread's own and freed once; unlocking
        // below does not look into it.
        unsafe { api!(RedisModule_FreeThreadSafeContext(self.0)) };
    }
}
