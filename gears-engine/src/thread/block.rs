//! The `with atomic():` block that a thread is in.
//!
//! The block belongs to the thread and not to the Python object that began it:
//! a generator that was put aside inside its block, or an `__enter__` without
//! its `__exit__`, would keep the server's lock for ever. So a block ends at the
//! latest with the code that began it, which [`Scope`] sees to, or with its
//! thread.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gears_server::{LogLevel, log};

use crate::ground::own_thread;
use crate::ground::seldom::Seldom;

/// No block.
const NONE: u64 = 0;

thread_local! {
    /// The number of the open block.
    static OPEN: Cell<u64> = const { Cell::new(NONE) };
    /// How many scopes this thread is in, one within the other.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static BLOCK: RefCell<Option<Block>> = const { RefCell::new(None) };
}

struct Block {
    /// In how many scopes it began.
    depth: usize,
    /// What gives the lock back when it is dropped.
    _atomic: Box<dyn Any>,
}

/// Says whether this thread is in a block.
pub(crate) fn is_open() -> bool {
    OPEN.get() != NONE
}

/// Begins a block, whose lock `atomic` takes, and returns its number; nothing if this
/// thread is in one.
pub(crate) fn begin<T: 'static>(atomic: impl FnOnce() -> T) -> Option<u64> {
    static NUMBERS: AtomicU64 = AtomicU64::new(NONE + 1);
    if is_open() {
        return None;
    }
    // Other threads go on meanwhile, but none of them touches this one's block.
    let atomic = Box::new(atomic());
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    BLOCK.set(Some(Block {
        depth: DEPTH.get(),
        _atomic: atomic,
    }));
    OPEN.set(number);
    Some(number)
}

/// Leaves a block, if this thread is in it still.
///
/// Code that the block's own code has called, through the server perhaps, ends
/// nothing: the server is in the middle of a command then.
pub(crate) fn leave(number: u64) {
    let began_here = || BLOCK.with_borrow(|block| block.as_ref().map(|block| block.depth));
    if OPEN.get() == number && began_here() == Some(DEPTH.get()) {
        end();
    }
}

/// Ends a block that code left open which no [`Scope`] is around, such as the
/// task of a thread pool.
pub(crate) fn end_outside_scopes() {
    if is_open() && DEPTH.get() == 0 {
        end();
        tell();
    }
}

/// Ends the block of a thread that ends, which need not be attached to Python.
pub(crate) fn end_with_thread() {
    // When it is gone already, its block ended with it.
    let block = BLOCK.try_with(|block| block.borrow_mut().take());
    OPEN.set(NONE);
    drop(block);
}

fn end() {
    OPEN.set(NONE);
    drop(BLOCK.take());
}

/// Code of one function: a block that it began and did not leave ends with it.
pub(crate) struct Scope {
    open_before: u64,
}

impl Scope {
    pub(crate) fn enter() -> Self {
        // All code on our own threads is in scopes, but for what runs when
        // objects end.
        if is_open() && own_thread::is_here() {
            end_outside_scopes();
        }
        DEPTH.set(DEPTH.get() + 1);
        Self {
            open_before: OPEN.get(),
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        if is_open() && OPEN.get() != self.open_before {
            end();
            tell();
        }
    }
}

/// How often the log tells of blocks that were left open, at most.
const BETWEEN_LINES: Duration = Duration::from_secs(1);

fn tell() {
    static TOLD: Seldom = Seldom::new(BETWEEN_LINES);
    if TOLD.is_due() {
        log(
            LogLevel::Warning,
            "an atomic() block was still open when its code ended, and was ended: \
             begin blocks by `with atomic():` in the function that leaves them",
        );
    }
}
