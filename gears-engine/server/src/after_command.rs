//! Work for when the command that caused an event has ended.
//!
//! Within the event the server is in the midst of the command: it may still use
//! the key, and what functions write then would reach replicas and the
//! append-only file before its cause. Since Redis 7.2 the server itself does
//! such work when the command has ended, before its client is answered.
//!
//! Before, the work waits here, and is done right after the command by whoever
//! comes first: the filter that sees the next command before that runs, a thread
//! of ours that takes the server's lock or gives it back, or a timer, which goes
//! off in the same turn of the server's loop and mostly before replies are sent.

use std::cell::Cell;
use std::collections::VecDeque;
use std::ffi::CStr;
use std::os::raw::{c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::answer::call_raw;
use crate::filter::Unfiltered;
use crate::{Answer, Context, LogLevel, OwnContext, log, raw};
use crate::{boundary, held};

/// The command that does what waits, where no other of ours runs.
pub const INNER_AFTER: &CStr = c"rg.innerafter";

/// Runs a command without words so that what is done within it is replicated.
const REPLICATED: &CStr = c"!";

type Work = Box<dyn FnOnce(&Context) + Send>;

impl Context {
    /// Does `work` when the command that caused the event has ended, in the
    /// event's database.
    pub fn after_command(&self, work: impl FnOnce(&Context) + Send + 'static) {
        if let Some(work) = self.hand_over(Box::new(work)) {
            self.keep(work);
        }
    }

    /// Gives work to the server; returns it when the server does not take any.
    fn hand_over(&self, work: Work) -> Option<Work> {
        // SAFETY: reads a pointer that the server wrote before.
        let Some(add) = (unsafe { raw::RedisModule_AddPostNotificationJob }) else {
            return Some(work);
        };
        let boxed = Box::into_raw(Box::new(work)).cast::<c_void>();
        // SAFETY: the context is live; `run_job` borrows the work and
        // `free_job` takes it back, which the server calls once.
        let added = unsafe { add(self.raw(), Some(run_job), boxed, Some(free_job)) };
        if added == raw::REDISMODULE_OK as c_int {
            None
        } else {
            // SAFETY: the server did not take the pointer.
            Some(unsafe { *Box::from_raw(boxed.cast::<Work>()) })
        }
    }

    fn keep(&self, work: Work) {
        kept().push_back((self.selected_database(), work));
        WAITING.store(true, Ordering::Relaxed);
        self.set_timer(Duration::ZERO);
    }

    fn set_timer(&self, wait: Duration) {
        if !HAS_TIMER.swap(true, Ordering::Relaxed) {
            self.after(wait, |context| {
                HAS_TIMER.store(false, Ordering::Relaxed);
                do_waiting(context);
            });
        }
    }
}

extern "C" fn run_job(context: *mut raw::RedisModuleCtx, work: *mut c_void) {
    let done = boundary::shield(|| {
        // SAFETY: the server calls this with its lock held, a live context and
        // the pointer that `hand_over` made. The work is replaced by one that
        // does nothing, so it runs once.
        let (context, work) = unsafe {
            let nothing: Work = Box::new(|_| ());
            (
                Context::new(context),
                std::mem::replace(&mut *work.cast::<Work>(), nothing),
            )
        };
        let _held = held::enter(&context);
        work(&context);
    });
    if let Err(panic) = done {
        log(LogLevel::Warning, &panic);
    }
}

extern "C" fn free_job(work: *mut c_void) {
    // SAFETY: the pointer is the one that `hand_over` made.
    let _ = boundary::shield(|| drop(unsafe { Box::from_raw(work.cast::<Work>()) }));
}

type Kept = VecDeque<(c_int, Work)>;

/// What waits, first come first served, with the databases of the events.
static KEPT: Mutex<Kept> = Mutex::new(Kept::new());

/// Whether anything waits, which is asked at every command.
static WAITING: AtomicBool = AtomicBool::new(false);

/// Whether a timer will see to what waits.
static HAS_TIMER: AtomicBool = AtomicBool::new(false);

fn kept() -> MutexGuard<'static, Kept> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often it is looked whether paused writes go on.
const PAUSE_LOOK: Duration = Duration::from_millis(20);

/// Says whether any work waits.
pub(crate) fn is_waiting() -> bool {
    WAITING.load(Ordering::Relaxed)
}

/// Does what waits, and what that causes in turn.
///
/// Where writes are paused the work may have come from before the pause, when
/// it would have been free to write, so it waits for the end.
pub fn do_waiting(context: &Context) {
    while is_waiting() {
        if context.writes_are_paused() {
            context.set_timer(PAUSE_LOOK);
            return;
        }
        let Some((database, work)) = next() else {
            return;
        };
        let done = boundary::shield(|| context.in_database(database, || work(context)));
        if let Err(panic) = done {
            log(LogLevel::Warning, &panic);
        }
    }
}

fn next() -> Option<(c_int, Work)> {
    let mut kept = kept();
    let next = kept.pop_front();
    WAITING.store(!kept.is_empty(), Ordering::Relaxed);
    next
}

/// Does what waits through our command, on a thread that has the lock but is in
/// no command.
///
/// The server makes one transaction of what a command does, where calls of a
/// thread would reach replicas one by one.
pub fn do_waiting_by_command(context: &Context) {
    if is_waiting() && !context.writes_are_paused() {
        let _unfiltered = Unfiltered::next();
        let _ = call_raw(context, INNER_AFTER, REPLICATED, &[]);
    }
}

thread_local! {
    /// Whether this thread is in the midst of [`do_waiting_before_next`].
    static LOOKING: Cell<bool> = const { Cell::new(false) };
    /// For the main thread between two commands; it ends with the process.
    static MAIN_CONTEXT: Cell<OwnContext> = Cell::new(OwnContext::make());
}

/// Says whether this thread is in the midst of [`do_waiting_before_next`].
pub(crate) fn is_looking() -> bool {
    LOOKING.get()
}

/// Does what waits before the next command, unless that is within another one; on the main thread,
/// in no call of ours.
///
/// Other modules may run commands within events, and no part of the module API
/// tells those from a client's. Where there are any, the timer alone is safe.
pub(crate) fn do_waiting_before_next() {
    let state = Context::server_state();
    if state.is_script || state.is_transaction {
        return;
    }
    // The commands that are run here come by too.
    LOOKING.set(true);
    // SAFETY: the main thread has the lock whenever it calls us.
    let context = unsafe { MAIN_CONTEXT.get().get() };
    if is_only_module(&context) {
        do_waiting_by_command(&context);
    }
    LOOKING.set(false);
}

/// Whether ours is the only module; forgotten when that may have changed.
static ONLY_MODULE: AtomicU8 = AtomicU8::new(UNKNOWN);

const UNKNOWN: u8 = 0;
const ALONE: u8 = 1;
const WITH_OTHERS: u8 = 2;

/// Notes that a module came or went.
pub(crate) fn note_modules_changed() {
    ONLY_MODULE.store(UNKNOWN, Ordering::Relaxed);
}

fn is_only_module(context: &Context) -> bool {
    if ONLY_MODULE.load(Ordering::Relaxed) == UNKNOWN {
        let modules = context.ask(c"MODULE", &[b"LIST"]);
        let alone = matches!(modules, Some(Answer::Array(modules)) if modules.len() == 1);
        let found = if alone { ALONE } else { WITH_OTHERS };
        ONLY_MODULE.store(found, Ordering::Relaxed);
    }
    ONLY_MODULE.load(Ordering::Relaxed) == ALONE
}
