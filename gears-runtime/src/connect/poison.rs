//! What a panic under a lock means: nothing.

use std::sync::{LockResult, PoisonError};

/// Returns what a lock guards, also when a thread panicked while it had it.
///
/// Nothing here leaves what it guards half changed: a panic is that of a caller's code, or of
/// a thread that is gone.
pub(crate) fn unpoisoned<T>(locked: LockResult<T>) -> T {
    locked.unwrap_or_else(PoisonError::into_inner)
}
