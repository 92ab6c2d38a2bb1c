//! The function of ours that the server runs on a thread.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Subsystem;
use super::abi::{self, GetFunctionExecutionState, ServerRuntime};
use crate::{Context, raw};

static STATE: OnceLock<GetFunctionExecutionState> = OnceLock::new();

/// The version of the API by which the server calls us.
static VERSION: AtomicU64 = AtomicU64::new(0);

pub(super) fn set_up(state: GetFunctionExecutionState) {
    let _ = STATE.set(state);
}

pub(super) fn note_version(version: u64) {
    VERSION.store(version, Ordering::Relaxed);
}

pub(super) fn version() -> u64 {
    VERSION.load(Ordering::Relaxed)
}

/// Where the writes of a function go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replication {
    /// To the append-only file.
    pub to_file: bool,
    /// To the replicas.
    pub to_replicas: bool,
}

impl Replication {
    /// Everywhere, as writes go unless somebody says otherwise.
    pub const ALL: Self = Self {
        to_file: true,
        to_replicas: true,
    };
}

/// A call of a function of ours by the server.
pub struct Running {
    of: Subsystem,
    context: *mut raw::RedisModuleCtx,
    runtime: *mut ServerRuntime,
    replication: Cell<Replication>,
    has_three: Cell<bool>,
    is_killed: Cell<bool>,
}

thread_local! {
    /// The calls on this thread, the innermost last.
    static RUNNING: RefCell<Vec<Rc<Running>>> = const { RefCell::new(Vec::new()) };
}

thread_local! {
    /// Whether code is compiled on this thread, the body of a library with it.
    static COMPILES: Cell<bool> = const { Cell::new(false) };
}

/// Notes that code is compiled on this thread, until dropped.
pub(super) struct Compiling(bool);

impl Compiling {
    pub(super) fn begin() -> Self {
        Self(COMPILES.replace(true))
    }
}

impl Drop for Compiling {
    fn drop(&mut self) {
        COMPILES.set(self.0);
    }
}

/// Says whether code is compiled on this thread.
pub(super) fn compiles() -> bool {
    COMPILES.get()
}

/// Ends the call when it is dropped.
pub(super) struct Entered;

impl Drop for Entered {
    fn drop(&mut self) {
        RUNNING.with_borrow_mut(Vec::pop);
    }
}

/// Says whether the commands of this context are those of a function of ours.
pub(crate) fn calls_here(context: &Context) -> Option<Rc<Running>> {
    RUNNING.with_borrow(|running| {
        let inner = running.last()?;
        (inner.context == context.raw()).then(|| Rc::clone(inner))
    })
}

impl Running {
    /// Notes a call until what is returned is dropped.
    ///
    /// # Safety
    ///
    /// The server handed `runtime` to the call that lasts until then.
    pub(super) unsafe fn enter(
        context: &Context,
        of: Subsystem,
        runtime: *mut ServerRuntime,
    ) -> (Rc<Self>, Entered) {
        let running = Rc::new(Self {
            of,
            context: context.raw(),
            runtime,
            replication: Cell::new(Replication::ALL),
            has_three: Cell::new(false),
            is_killed: Cell::new(false),
        });
        RUNNING.with_borrow_mut(|all| all.push(Rc::clone(&running)));
        (running, Entered)
    }

    /// Returns the innermost call on this thread.
    pub fn here() -> Option<Rc<Self>> {
        RUNNING.with_borrow(|running| running.last().cloned())
    }

    /// Says what the function is of.
    pub fn of(&self) -> Subsystem {
        self.of
    }

    /// Asks the server whether somebody has killed the function; on its way it serves those
    /// who may be served while a slow one runs. Only for the thread that the call is on.
    pub fn poll(&self) -> bool {
        let killed = STATE.get().is_some_and(|state| {
            // SAFETY: the call lasts, as this is found only until it ends, on its own thread.
            unsafe { state(self.runtime) != abi::EXECUTING }
        });
        if killed {
            self.is_killed.set(true);
        }
        self.is_killed()
    }

    /// Says whether somebody has killed the function, as far as was asked.
    pub fn is_killed(&self) -> bool {
        self.is_killed.get()
    }

    /// Says where writes go.
    pub fn replication(&self) -> Replication {
        self.replication.get()
    }

    /// Has writes go there from now on.
    pub fn replicate(&self, to: Replication) {
        self.replication.set(to);
    }

    /// Says whether commands answer by the newer version of the protocol, as far as the
    /// function asked for it.
    pub fn has_three(&self) -> bool {
        self.has_three.get()
    }

    /// Has commands answer by the newer version of the protocol, or by the older one.
    pub fn answer_by_three(&self, three: bool) {
        self.has_three.set(three);
    }
}
