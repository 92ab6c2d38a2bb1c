//! The versions of packages that somebody was promised.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::kept::Kept;
use crate::ground::poison::unpoisoned;

/// Versions of packages that stay as they are while their holder lives: a
/// session, or an installation on its way to one.
#[derive(Debug)]
pub(crate) struct Claim {
    number: u64,
    /// Their wheels, so that they can be exported.
    wheels: Mutex<Vec<Kept>>,
}

/// Claims whose holders are gone, until Python has heard of it: a claim may be
/// dropped where nobody may wait for Python.
static RELEASED: Mutex<Vec<u64>> = Mutex::new(Vec::new());

impl Claim {
    /// Makes one that claims nothing yet.
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        Self {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            wheels: Mutex::default(),
        }
    }

    /// Returns its number, which no other has.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Sees to it that wheels stay where they are.
    pub(crate) fn keep(&self, wheels: Kept) {
        let mut kept = unpoisoned(self.wheels.lock());
        kept.push(wheels);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut released = unpoisoned(RELEASED.lock());
        released.push(self.number);
    }
}

/// Returns the claims that ended since this was asked last.
pub(crate) fn released() -> Vec<u64> {
    std::mem::take(&mut *unpoisoned(RELEASED.lock()))
}
