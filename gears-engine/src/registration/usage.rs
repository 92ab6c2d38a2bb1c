//! When one of several versions of a trigger was called last.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};

use gears_model::Edition;
use gears_server::Context;

use super::Registration;
use crate::ground::seldom::Seldom;

/// Who looks after versions while there are some.
static LOOK: OnceLock<fn(&Context)> = OnceLock::new();

/// Has `look` look after versions whenever there may be some that were not there before.
pub(crate) fn look_by(look: fn(&Context)) {
    let _ = LOOK.set(look);
}

/// Has versions looked after, if any have come.
pub(crate) fn note_versions(context: &Context) {
    if let Some(look) = LOOK.get() {
        look(context);
    }
}

/// Of these parts of `keep`, the others hear once in one that a version is called here.
const PARTS: u32 = 8;

/// How often is asked at most whether a version may go.
const BETWEEN_QUESTIONS: Duration = Duration::from_secs(1);

/// What is known of the calls of a version; none of it is stored.
pub(crate) struct Usage {
    keep: Duration,
    /// When it was called here, or came.
    called: Moment,
    /// When another shard said that it is called there.
    heard: Moment,
    /// When another one took its place as the newest; zero while none has.
    superseded: Moment,
    /// The call that the others were told of last.
    told: Moment,
    tells: Seldom,
    asks: Seldom,
}

impl Usage {
    pub(super) fn new(edition: &Edition) -> Self {
        let part = edition.keep / PARTS;
        let now = Moment::now();
        Self {
            keep: edition.keep,
            told: now.clone(),
            called: now,
            heard: Moment::default(),
            superseded: Moment::default(),
            tells: Seldom::new(part),
            asks: Seldom::new(part.max(BETWEEN_QUESTIONS)),
        }
    }

    /// Returns for how long it was not called on any shard, as far as is known here.
    pub(crate) fn idle(&self) -> Duration {
        self.called.elapsed().min(self.heard.elapsed())
    }

    /// Says whether nobody has called it here for so long that it may go.
    pub(crate) fn is_idle_here(&self) -> bool {
        self.called.elapsed() >= self.keep
    }

    /// Says whether nobody has called it for so long, since another one is the newest.
    pub(crate) fn is_over(&self) -> bool {
        self.superseded.is_set() && self.idle().min(self.superseded.elapsed()) >= self.keep
    }

    /// Says whether it is time to ask the other shards whether it may go.
    pub(crate) fn may_ask(&self) -> bool {
        self.asks.is_due()
    }

    /// Says whether the other shards are to hear that it was called here.
    pub(crate) fn has_news(&self) -> bool {
        let has_news = self.told.0.load(Ordering::Relaxed) != self.called.0.load(Ordering::Relaxed);
        let tells = has_news && self.tells.is_due();
        if tells {
            self.told.copy(&self.called);
        }
        tells
    }

    /// Notes that it is called on another shard.
    pub(crate) fn note_heard(&self) {
        self.heard.note(Instant::now());
    }

    /// Notes whether another one is the newest.
    pub(super) fn note_superseded(&self, is_superseded: bool) {
        if !is_superseded {
            self.superseded.0.store(0, Ordering::Relaxed);
        } else if !self.superseded.is_set() {
            self.superseded.note(Instant::now());
        }
    }
}

impl Registration {
    /// Notes a call of one of several versions.
    pub(crate) fn note_called(&self, at: Instant) {
        if let Some(usage) = &self.usage {
            usage.called.note(at);
        }
    }

    /// Returns for how long nobody has called it, of one of several versions.
    pub(crate) fn idle(&self) -> Duration {
        self.usage
            .as_ref()
            .map_or(Duration::ZERO, |usage| usage.idle())
    }
}

/// A point of time that all threads read and write at no cost; zero is before all others.
#[derive(Default)]
struct Moment(AtomicU64);

impl Moment {
    fn now() -> Self {
        let moment = Self::default();
        moment.note(Instant::now());
        moment
    }

    fn note(&self, at: Instant) {
        self.0.store(since_beginning(at), Ordering::Relaxed);
    }

    fn copy(&self, other: &Self) {
        self.0
            .store(other.0.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    fn elapsed(&self) -> Duration {
        let now = since_beginning(Instant::now());
        Duration::from_millis(now.saturating_sub(self.0.load(Ordering::Relaxed)))
    }
}

impl Clone for Moment {
    fn clone(&self) -> Self {
        let clone = Self::default();
        clone.copy(self);
        clone
    }
}

/// Returns how many milliseconds it is after a time before all that is noted.
fn since_beginning(at: Instant) -> u64 {
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    /// Longer ago than anything is kept: a moment that is not set was never.
    const BEFORE: u64 = 1 << 62;
    let elapsed = at.saturating_duration_since(*FIRST).as_millis();
    BEFORE + u64::try_from(elapsed).unwrap_or(BEFORE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(keep: Duration) -> Usage {
        Usage::new(&Edition {
            version: "1".to_owned(),
            since: 1,
            keep,
        })
    }

    #[test]
    fn the_newest_never_goes_and_another_one_when_nobody_calls_it() {
        let usage = usage(Duration::ZERO);
        assert!(!usage.is_over());
        usage.note_superseded(true);
        assert!(usage.is_over() && usage.is_idle_here());
        usage.note_superseded(false);
        assert!(!usage.is_over());
        let usage = self::usage(Duration::from_secs(3600));
        usage.note_superseded(true);
        assert!(!usage.is_over() && !usage.is_idle_here());
    }

    #[test]
    fn it_is_told_once_that_it_is_called() {
        let usage = usage(Duration::ZERO);
        assert!(!usage.has_news(), "that it came is known to all");
        usage.called.note(Instant::now() + Duration::from_secs(5));
        assert!(usage.has_news() && !usage.has_news());
    }
}
