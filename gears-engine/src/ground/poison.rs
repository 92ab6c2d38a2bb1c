//! What a panic under a lock means: nothing.

use std::sync::{LockResult, PoisonError};

/// Returns what a lock guards, also when a thread panicked while it had it.
///
/// A panic stops where the server, Python or a thread of ours began, and costs one call. A lock that refused
/// everybody from then on would cost all calls after it. What locks guard here are tables, queues and counts: the
/// worst that a change leaves behind which was cut short is one of them that is a little wrong.
pub(crate) fn unpoisoned<T>(locked: LockResult<T>) -> T {
    locked.unwrap_or_else(PoisonError::into_inner)
}
