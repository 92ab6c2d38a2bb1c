//! Whether a function that holds writers back has room for more events.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use gears_model::{Kind, Mode, OnFull};

use super::Registration;
use crate::ground::poison::unpoisoned;

/// How long a function that has no room has got nowhere.
#[derive(Default)]
pub(super) struct Patience(Mutex<Option<Standstill>>);

struct Standstill {
    /// How often its executions had begun and ended.
    turns: u64,
    since: Instant,
}

impl Patience {
    /// Says whether nothing has begun or ended for longer than `most`.
    fn is_over(&self, turns: u64, most: Option<Duration>) -> bool {
        let now = Instant::now();
        let mut last = self.last();
        match &*last {
            Some(standstill) if standstill.turns == turns => {
                most.is_some_and(|most| now - standstill.since >= most)
            }
            _ => {
                *last = Some(Standstill { turns, since: now });
                false
            }
        }
    }

    fn last(&self) -> MutexGuard<'_, Option<Standstill>> {
        unpoisoned(self.0.lock())
    }
}

impl Registration {
    /// Says whether writers wait for its room, rather than that it loses events.
    ///
    /// Nobody waits for a function that cannot run, nor has a `sync` one a queue.
    pub(crate) fn holds_writers(&self) -> bool {
        let asked = matches!(&self.kind, Kind::Keys(events) if events.on_full == OnFull::Wait);
        asked && self.mode != Mode::Sync && self.trouble.is_none() && !self.is_retired()
    }

    /// Counts its events that wait and its executions that have not ended, those
    /// included that wait for coroutines.
    pub(crate) fn in_hand(&self) -> usize {
        self.backlog.len() + self.load.waiting() + self.load.running()
    }

    /// Says whether it has got nowhere for so long that nobody waits for it any
    /// more; asked while it has no room.
    pub(crate) fn is_stuck(&self, most: Option<Duration>) -> bool {
        self.patience.is_over(self.load.turns(), most)
    }

    /// Notes that it has room: what comes is counted anew.
    pub(crate) fn note_room(&self) {
        *self.patience.last() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_renewed_by_whatever_moves() {
        let patience = Patience::default();
        let none = Some(Duration::ZERO);
        assert!(!patience.is_over(1, none));
        assert!(patience.is_over(1, none));
        assert!(!patience.is_over(1, None) && !patience.is_over(1, Some(Duration::MAX)));
        assert!(!patience.is_over(2, none));
    }
}
