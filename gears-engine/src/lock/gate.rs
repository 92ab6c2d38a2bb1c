//! Where our threads wait for each other before they compete for the Redis lock.

use std::sync::{Condvar, Mutex, MutexGuard};

use crate::ground::poison::unpoisoned;

/// Lets one in at a time. Whoever is in may leave from another thread, as the
/// place belongs to [`Inside`] and not to a thread.
pub(super) struct Gate {
    taken: Mutex<bool>,
    left: Condvar,
}

/// A place behind the gate, until dropped.
pub(super) struct Inside(&'static Gate);

impl Gate {
    pub(super) const fn new() -> Self {
        Self {
            taken: Mutex::new(false),
            left: Condvar::new(),
        }
    }

    /// Waits for the place.
    pub(super) fn enter(&'static self) -> Inside {
        let mut taken = self.taken();
        while *taken {
            taken = unpoisoned(self.left.wait(taken));
        }
        *taken = true;
        Inside(self)
    }

    /// Takes the place if it is free.
    pub(super) fn try_enter(&'static self) -> Option<Inside> {
        let mut taken = self.taken();
        let free = !*taken;
        *taken = true;
        free.then(|| Inside(self))
    }

    fn taken(&self) -> MutexGuard<'_, bool> {
        unpoisoned(self.taken.lock())
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        *self.0.taken() = false;
        self.0.left.notify_one();
    }
}
