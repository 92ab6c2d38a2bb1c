//! Who has the server's lock on this thread, and with what context.
//!
//! The server has the lock when it calls us; a thread of ours has it
//! after it asked for it ([`enter_own`]). Taking it is not done here.

use std::cell::Cell;

use crate::{Context, OwnContext};

/// How this thread came to have the lock.
#[derive(Clone, Copy)]
struct Held {
    context: OwnContext,
    /// Whether it asked for it, rather than that the server called it.
    asked_for: bool,
}

thread_local! {
    /// The context to use while this thread holds the lock.
    static HELD: Cell<Option<Held>> = const { Cell::new(None) };
    /// Whether the call in progress came from our own `execute`.
    static NESTED: Cell<bool> = const { Cell::new(false) };
    /// Whether this is the server's main thread, which loads us.
    static IS_MAIN: Cell<bool> = const { Cell::new(false) };
}

/// Notes that this thread holds the lock, until dropped.
pub struct Entered {
    previous: Option<Held>,
    nested: bool,
}

/// Notes that the server called us with its lock held.
pub(crate) fn enter(context: &Context) -> Entered {
    enter_as(context, false)
}

/// Notes that this thread has asked for the lock, and has it.
pub fn enter_own(context: &Context) -> Entered {
    enter_as(context, true)
}

fn enter_as(context: &Context, asked_for: bool) -> Entered {
    let previous = HELD.replace(Some(Held {
        context: OwnContext::of(context),
        asked_for,
    }));
    Entered {
        nested: NESTED.replace(previous.is_some()),
        previous,
    }
}

/// Notes the same lock and context once more, for work within work.
pub fn enter_again(context: &Context) -> Entered {
    let previous = HELD.get();
    HELD.set(Some(Held {
        context: OwnContext::of(context),
        asked_for: was_asked_for(),
    }));
    Entered {
        previous,
        nested: NESTED.get(),
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        HELD.set(self.previous);
        NESTED.set(self.nested);
    }
}

/// Says whether this thread holds the lock.
pub fn is_held() -> bool {
    HELD.get().is_some()
}

/// Returns the context to use while this thread holds the lock.
pub fn context() -> Option<OwnContext> {
    HELD.get().map(|held| held.context)
}

/// Notes that the lock was taken from this thread.
pub fn forget() {
    HELD.set(None);
}

/// Says whether the server was called by us when it called us.
pub fn is_nested() -> bool {
    NESTED.get()
}

/// Says whether this thread holds the lock because it asked for it, and not
/// because the server called it.
pub fn was_asked_for() -> bool {
    HELD.get().is_some_and(|held| held.asked_for)
}

/// Notes that this is the server's main thread.
pub fn note_main_thread() {
    IS_MAIN.set(true);
}

/// Says whether this is the server's main thread.
pub fn is_main_thread() -> bool {
    // A thread that ends may have lost the cell, which the main one does with the process.
    IS_MAIN.try_with(Cell::get).unwrap_or(false)
}
