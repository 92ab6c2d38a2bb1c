//! Events that functions do not get: there was no room, or they never can run.

use std::sync::Mutex;
use std::time::Duration;

use gears_server::{LogLevel, log};

use super::Registration;
use crate::ground::poison::unpoisoned;
use crate::ground::seldom::Seldom;

/// How often the log tells of dropped events at most: there may be a million of
/// them in a second.
const BETWEEN_LINES: Duration = Duration::from_secs(1);

static DROPPED: Mutex<Dropped> = Mutex::new(Dropped { count: 0, told: 0 });

static TOLD: Seldom = Seldom::new(BETWEEN_LINES);

struct Dropped {
    count: i64,
    /// How many the log has told of.
    told: i64,
}

/// Counts an event that a registration does not get; the log tells of it, with
/// those since its last line, at most once in a second.
pub(crate) fn note(registration: &Registration) {
    note_all(registration, 1);
}

/// Gives up the events that were kept for a registration which will never run.
pub(crate) fn note_kept(registration: &Registration) {
    // One that catches up goes on, as calls do that wait.
    if registration.trouble.is_none() {
        return;
    }
    let kept = registration.backlog.take_all();
    if !kept.is_empty() {
        note_all(registration, i64::try_from(kept.len()).unwrap_or(i64::MAX));
    }
}

fn note_all(registration: &Registration, count: i64) {
    registration.note_dropped(count);
    let since = {
        let mut dropped = unpoisoned(DROPPED.lock());
        dropped.count += count;
        if !TOLD.is_due() {
            return;
        }
        let since = dropped.count - dropped.told;
        dropped.told = dropped.count;
        since
    };
    log(
        LogLevel::Warning,
        &format!(
            "events dropped: {since} since the last such line, the last one for {}: {}",
            registration.id,
            reason(registration)
        ),
    );
}

fn reason(registration: &Registration) -> &'static str {
    match &registration.trouble {
        None if registration.holds_writers() => {
            "its queue is full and nothing of it ends; look for what the function waits for, and \
             give it a timeout_ms"
        }
        None => {
            "too much waits; make the function faster, raise ExecutionQueue, or register it with \
             mode='sync'"
        }
        Some(trouble) if trouble.is_missing() => {
            "its packages are missing; bring them, or raise ExecutionQueue to keep more events"
        }
        Some(_) => "it cannot run; register its script again",
    }
}

/// Returns how many events were dropped since the server started.
pub(crate) fn count() -> i64 {
    unpoisoned(DROPPED.lock()).count
}
