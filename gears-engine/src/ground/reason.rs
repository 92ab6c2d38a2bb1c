//! Why the server shows us each command: as long as there is a reason.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many reasons there are to look at commands.
static REASONS: AtomicUsize = AtomicUsize::new(0);

/// A reason to look at commands, until dropped.
pub(crate) struct Reason(());

impl Reason {
    pub(crate) fn new() -> Self {
        REASONS.fetch_add(1, Ordering::AcqRel);
        Self(())
    }
}

impl Drop for Reason {
    fn drop(&mut self) {
        REASONS.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Says whether there is any.
pub(crate) fn is_there() -> bool {
    REASONS.load(Ordering::Relaxed) > 0
}
