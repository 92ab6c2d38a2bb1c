//! Who keeps the server to himself.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::thread;

use gears_server::{LogLevel, boundary, log};
use pyo3::prelude::*;

use super::grace::Grace;
use super::limit::Limit;
use super::slot::Slot;
use crate::config::config;
use crate::cpython::stack::STACK;
use crate::ground::poison::unpoisoned;

/// The slot of the server's main thread.
static MAIN: OnceLock<Arc<Slot>> = OnceLock::new();

/// The block that has the lock.
static BLOCK: Mutex<Option<Block>> = Mutex::new(None);

fn block() -> MutexGuard<'static, Option<Block>> {
    unpoisoned(BLOCK.lock())
}

/// Notes that this thread is the server's main one.
pub(super) fn note_main() {
    let _ = MAIN.set(Slot::mine());
}

/// A lock that can be taken from who has it.
pub(crate) trait Hold: Send + Sync {
    /// Gives the lock back in place of the thread that has it, unless that is in the
    /// server at this moment; says whether the lock has gone back.
    fn take_back(&self) -> bool;
}

/// Who has the Redis lock while Python runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeper {
    /// No code that is watched.
    Nobody,
    Running,
    /// Code that nothing bounds but the server's own rules, or nothing at all.
    Unbounded,
    /// Code that has to end.
    Ending,
}

/// Tells who has the Redis lock: code on the main thread, which always has it,
/// or in an `atomic` block.
pub(crate) fn keeper() -> Keeper {
    let main = MAIN.get().map(Arc::clone);
    let block = || block().as_ref().map(|block| Arc::clone(&block.slot));
    let runs = |slot: &Arc<Slot>| slot.is_running();
    match main.filter(runs).or_else(|| block().filter(runs)) {
        None => Keeper::Nobody,
        Some(slot) if slot.stop().ends() => Keeper::Ending,
        Some(slot) if slot.is_unlimited() => Keeper::Unbounded,
        Some(_) => Keeper::Running,
    }
}

/// Notes that the code on this thread has the Redis lock, until dropped.
pub(crate) struct Keeping {
    limit: Limit,
}

/// Notes that the code on this thread has the Redis lock, and may have it for as
/// long as functions may that keep the server to themselves.
pub(crate) fn keep(py: Python<'_>, hold: Arc<dyn Hold>) -> Keeping {
    let limit = Limit::begin(py, config().sync_deadline());
    *block() = Some(Block {
        slot: Arc::clone(&limit.slot),
        hold,
        grace: None,
    });
    Keeping { limit }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        // When the lock was taken from it, another one may have it by now.
        block().take_if(|block| Arc::ptr_eq(&block.slot, &self.limit.slot));
    }
}

/// A block that has the Redis lock.
pub(super) struct Block {
    slot: Arc<Slot>,
    hold: Arc<dyn Hold>,
    /// How long its code has to end, once it has to.
    grace: Option<Grace>,
}

/// Takes the lock from a block whose code has to end and does not.
pub(super) fn take_lock_back() {
    let mut held = block();
    let Some(late) = held.as_mut().filter(|block| block.slot.stop().ends()) else {
        return;
    };
    let slot = Arc::clone(&late.slot);
    let grace = late.grace.get_or_insert_with(|| Grace::begin(Some(&slot)));
    if !grace.is_over(Some(&slot)) {
        return;
    }
    let hold = Arc::clone(&late.hold);
    // Looked at again after as long if this fails.
    late.grace = None;
    drop(held);
    // On a thread of its own: what waits for the end of a block may run Python.
    let taken = thread::Builder::new()
        .name("gears-unlock".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let taken = boundary::shield(|| hold.take_back());
            if taken == Ok(true) {
                let mut block = block();
                block.take_if(|block| Arc::ptr_eq(&block.hold, &hold));
                drop(block);
                log(
                    LogLevel::Warning,
                    &format!(
                        "gears event=lock_taken_back name={:?}: an atomic() block was in code that \
                         does not return to Python; what follows in it is not atomic",
                        slot.name()
                    ),
                );
            }
        });
    if let Err(error) = taken {
        let what = format!("no thread to take the server's lock back: {error}");
        log(LogLevel::Warning, &what);
    }
}
