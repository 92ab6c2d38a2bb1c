//! What is told at most so often.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::poison::unpoisoned;

/// When something was told last that may happen a million times in a second.
pub(crate) struct Seldom {
    told_at: Mutex<Option<Instant>>,
    between: Duration,
}

impl Seldom {
    pub(crate) const fn new(between: Duration) -> Self {
        Self {
            told_at: Mutex::new(None),
            between,
        }
    }

    /// Says whether it is time to tell of it again, which counts as told.
    pub(crate) fn is_due(&self) -> bool {
        let now = Instant::now();
        let mut told_at = unpoisoned(self.told_at.lock());
        let due = told_at.is_none_or(|told_at| now - told_at >= self.between);
        if due {
            *told_at = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_once_and_then_not_for_long() {
        let seldom = Seldom::new(Duration::MAX);
        assert!(seldom.is_due());
        assert!(!seldom.is_due());
        let often = Seldom::new(Duration::ZERO);
        assert!(often.is_due() && often.is_due());
    }
}
