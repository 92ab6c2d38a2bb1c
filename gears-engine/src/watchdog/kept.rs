//! Who keeps the server to himself.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use gears_server::{LogLevel, boundary, log};
use pyo3::prelude::*;

use super::held::name;
use super::{Limit, Slot, Watchdog, watchdog};
use crate::config::config;
use crate::lock::Hold;
use crate::python::stack::STACK;

/// Who has the Redis lock while Python runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeper {
    /// No code that is watched.
    Nobody,
    Running,
    /// Code that has to end.
    Ending,
}

/// Tells who has the Redis lock: code on the main thread, which always has it,
/// or in an `atomic` block.
pub(crate) fn keeper() -> Keeper {
    let dog = watchdog();
    let main = dog.main.get().map(Arc::clone);
    let block = || dog.block().as_ref().map(|block| Arc::clone(&block.slot));
    let runs = |slot: &Arc<Slot>| slot.is_running();
    match main.filter(runs).or_else(|| block().filter(runs)) {
        None => Keeper::Nobody,
        Some(slot) if slot.stop().ends() => Keeper::Ending,
        Some(_) => Keeper::Running,
    }
}

/// Notes that the code on this thread has the Redis lock, until dropped.
pub(crate) struct Keeping {
    limit: Limit,
}

/// Notes that the code on this thread has the Redis lock, and may have it for as
/// long as functions may that keep the server to themselves.
pub(crate) fn keep(py: Python<'_>, hold: &Arc<Hold>) -> Keeping {
    let limit = Limit::begin(py, config().sync_deadline());
    *watchdog().block() = Some(Block {
        slot: Arc::clone(&limit.slot),
        hold: Arc::clone(hold),
        ending_since: None,
    });
    Keeping { limit }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        // When the lock was taken from it, another one may have it by now.
        watchdog()
            .block()
            .take_if(|block| Arc::ptr_eq(&block.slot, &self.limit.slot));
    }
}

/// A block that has the Redis lock.
pub(super) struct Block {
    slot: Arc<Slot>,
    hold: Arc<Hold>,
    /// Since when its code has to end.
    ending_since: Option<Instant>,
}

/// How long the code of a block has to end before the lock is taken from it.
const GRACE: Duration = Duration::from_secs(1);

/// Takes the lock from a block whose code has to end and does not.
pub(super) fn take_lock_back(dog: &Watchdog) {
    let mut block = dog.block();
    let Some(late) = block.as_mut().filter(|block| block.slot.stop().ends()) else {
        return;
    };
    let since = *late.ending_since.get_or_insert_with(Instant::now);
    if since.elapsed() < GRACE {
        return;
    }
    let (slot, hold) = (Arc::clone(&late.slot), Arc::clone(&late.hold));
    // Looked at again after as long if this fails.
    late.ending_since = None;
    drop(block);
    // On a thread of its own: what waits for the end of a block may run Python.
    let taken = thread::Builder::new()
        .name("gears-unlock".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let taken = boundary::shield(|| hold.take_back());
            if taken == Ok(true) {
                let mut block = watchdog().block();
                block.take_if(|block| Arc::ptr_eq(&block.hold, &hold));
                drop(block);
                log(
                    LogLevel::Warning,
                    &format!(
                        "gears event=lock_taken_back name={:?}: an atomic() block was in code that \
                         does not return to Python; what follows in it is not atomic",
                        name(&slot)
                    ),
                );
            }
        });
    if let Err(error) = taken {
        let what = format!("no thread to take the server's lock back: {error}");
        log(LogLevel::Warning, &what);
    }
}
