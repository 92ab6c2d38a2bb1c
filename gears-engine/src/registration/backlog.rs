//! Events of a function that cannot run yet: kept in their order until it can.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::ground::link::Link;
use crate::ground::poison::unpoisoned;

/// An event that is kept.
pub(crate) struct KeptEvent {
    pub(crate) event: String,
    pub(crate) key: Vec<u8>,
    /// The command that caused it, when the function may know it.
    pub(crate) link: Option<Arc<Link>>,
}

/// The kept events of one function, oldest first.
///
/// Changed under the Redis lock only, as it belongs to the order of events.
#[derive(Default)]
pub(crate) struct Backlog {
    events: Mutex<VecDeque<KeptEvent>>,
    /// Whether the function, which can run by now, still catches up: what
    /// happens meanwhile comes behind.
    catching_up: AtomicBool,
}

impl Backlog {
    /// Keeps an event; says no when `most` are kept already.
    pub(crate) fn keep(&self, event: KeptEvent, most: usize) -> bool {
        let mut events = self.events();
        let has_room = events.len() < most;
        if has_room {
            events.push_back(event);
        }
        has_room
    }

    /// Counts what is kept.
    pub(crate) fn len(&self) -> usize {
        self.events().len()
    }

    /// Gives everything up.
    pub(crate) fn take_all(&self) -> VecDeque<KeptEvent> {
        std::mem::take(&mut self.events())
    }

    /// Begins to catch up; says no when there is nothing to catch up with, or
    /// somebody does already.
    pub(crate) fn begin(&self) -> bool {
        self.len() > 0 && !self.catching_up.swap(true, Ordering::AcqRel)
    }

    /// Returns the next event while the function catches up; nothing when it
    /// is up to date, and gets its events at once from then on.
    pub(crate) fn next(&self) -> Option<KeptEvent> {
        let next = self.events().pop_front();
        if next.is_none() {
            self.catching_up.store(false, Ordering::Release);
        }
        next
    }

    /// Says whether the function still catches up.
    pub(crate) fn is_behind(&self) -> bool {
        self.catching_up.load(Ordering::Acquire)
    }

    fn events(&self) -> MutexGuard<'_, VecDeque<KeptEvent>> {
        unpoisoned(self.events.lock())
    }
}
