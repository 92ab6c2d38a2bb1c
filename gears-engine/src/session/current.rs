//! The session whose code runs on a thread.

use std::cell::RefCell;
use std::sync::Arc;

use super::Session;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Session>>> = const { RefCell::new(None) };
}

/// Restores the session that was before.
pub(crate) struct Entered(Option<Arc<Session>>);

/// Notes whose code runs on this thread, until the guard is dropped.
pub(crate) fn enter(session: Option<Arc<Session>>) -> Entered {
    Entered(CURRENT.replace(session))
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// Returns whose code runs on this thread; threads that Python code made have
/// no session before they take one.
pub(crate) fn current() -> Option<Arc<Session>> {
    CURRENT.with_borrow(Option::clone)
}

/// Notes whose code runs on this thread from now on.
pub(crate) fn set(session: Option<Arc<Session>>) {
    CURRENT.set(session);
}
