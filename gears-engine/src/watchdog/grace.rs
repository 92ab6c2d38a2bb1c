//! The time that code has to end once it must.

use std::time::{Duration, Instant};

use super::slot::{LONGEST_DELAY, Slot};

/// How long code has to end when its time is up, or somebody has aborted it.
pub(crate) const GRACE: Duration = Duration::from_secs(1);

/// What a thread works at most that is asleep.
const ASLEEP: Duration = Duration::from_millis(1);

/// Since when code has to end, and how much its thread had worked by then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grace {
    since: Instant,
    work: Duration,
}

impl Grace {
    /// Gives code its grace from now on; where it runs on a thread, on that one.
    pub(crate) fn begin(slot: Option<&Slot>) -> Self {
        Self {
            since: Instant::now(),
            work: slot.map_or(Duration::ZERO, |slot| slot.clock.read()),
        }
    }

    /// Says whether the code, still on that thread, has had its grace.
    ///
    /// Code that is asleep has it by the clock. A busy machine may keep code that works
    /// from coming to its next line, and from telling where it was: it has its grace by the
    /// clock of its thread, and [`LONGEST_DELAY`] more at most.
    pub(crate) fn is_over(&self, slot: Option<&Slot>) -> bool {
        let age = self.since.elapsed();
        if age < GRACE {
            return false;
        }
        let Some(slot) = slot else {
            return true;
        };
        let worked = slot.clock.read().saturating_sub(self.work);
        !(ASLEEP..GRACE).contains(&worked) || age >= GRACE + LONGEST_DELAY
    }
}
