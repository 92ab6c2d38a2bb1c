//! The versions of packages that somebody was promised.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Versions of packages that stay as they are while their holder lives: a
/// session, or an installation on its way to one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Claim(u64);

/// Claims whose holders are gone, until Python has heard of it: a claim may be
/// dropped where nobody may wait for Python.
static RELEASED: Mutex<Vec<u64>> = Mutex::new(Vec::new());

impl Claim {
    /// Makes one that claims nothing yet.
    pub(super) fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        Self(NUMBER.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns its number, which no other has.
    pub(in crate::python) fn number(&self) -> u64 {
        self.0
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut released = RELEASED.lock().unwrap_or_else(PoisonError::into_inner);
        released.push(self.0);
    }
}

/// Returns the claims that ended since this was asked last.
pub(in crate::python) fn released() -> Vec<u64> {
    std::mem::take(&mut *RELEASED.lock().unwrap_or_else(PoisonError::into_inner))
}
