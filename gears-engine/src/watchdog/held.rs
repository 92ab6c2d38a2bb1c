//! Who keeps Python to himself.
//!
//! Nobody can be asked while Python is kept, and CPython does not tell. Of the
//! threads that run functions it is the one that works: the others wait for Python,
//! or are asleep without it.

use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use gears_server::{LogLevel, log};

use super::slot::Slot;
use crate::config;
use crate::ground::poison::unpoisoned;
use crate::thread::prober;

/// From when on Python counts as kept: code in C that is right takes it for less.
const LONG: Duration = Duration::from_millis(250);

/// Until when nobody is suspected: Python code lets others in as often.
const SHORT: Duration = Duration::from_millis(50);

/// When the log tells of it, if there is no `SyncDeadline`.
const TOLD_AFTER: Duration = Duration::from_secs(5);

/// How much a thread has to work in which others want Python, until there is no doubt
/// that it keeps it: Python code lets them in after a millisecond, however busy the
/// machine is.
const WORK: Duration = Duration::from_millis(100);

/// How much longer than allowed nobody may have Python where no thread works: one may be
/// asleep with it, or the machine is busy.
const PATIENCE: Duration = Duration::from_secs(2);

static HELD: Mutex<Held> = Mutex::new(Held {
    suspects: Vec::new(),
    told: false,
});

struct Held {
    /// Who ran when Python began to be kept, and how much they had worked.
    suspects: Vec<(Weak<Slot>, Duration)>,
    /// Whether the log has told of it.
    told: bool,
}

impl Held {
    /// Notes how much those have worked that run, anew or if they did not before.
    fn suspect(&mut self, slots: &[Arc<Slot>], anew: bool) {
        if anew {
            self.suspects.clear();
        }
        for slot in slots.iter().filter(|slot| slot.is_running()) {
            let place = Arc::downgrade(slot);
            if !self.suspects.iter().any(|(other, _)| other.ptr_eq(&place)) {
                self.suspects.push((place, slot.clock.read()));
            }
        }
    }

    /// Says whether Python, which could not be had for so long, is kept beyond a limit.
    fn lasts(&self, lasted: Duration, limit: Duration) -> bool {
        lasted >= limit
            && (lasted >= limit + PATIENCE
                || self.suspects.iter().any(|suspect| worked(suspect) >= WORK))
    }
}

/// Returns how much a suspect has worked.
fn worked((slot, before): &(Weak<Slot>, Duration)) -> Duration {
    slot.upgrade()
        .filter(|slot| slot.is_running())
        .map_or(Duration::ZERO, |slot| {
            slot.clock.read().saturating_sub(*before)
        })
}

/// Notes who runs when Python begins to be kept, and tells of it once when that
/// has lasted.
pub(super) fn look(slots: &[Arc<Slot>]) {
    let lasted = prober::held_for();
    let mut held = held();
    if lasted < LONG {
        held.told = false;
    }
    held.suspect(slots, lasted < SHORT);
    let limit = config::sync_deadline();
    if held.told || !held.lasts(lasted, limit.unwrap_or(TOLD_AFTER)) {
        return;
    }
    held.told = true;
    drop(held);
    log(
        LogLevel::Warning,
        &format!(
            "gears event=gil_held name={:?} msec={}: no function can run until its code in C \
             returns, which nothing can end; everything without Python goes on; restart the \
             server if it never does",
            holder(),
            lasted.as_millis()
        ),
    );
}

/// Says whether Python, which could not be had for so long, is kept for longer than
/// allowed.
pub(crate) fn is_kept(lasted: Duration, limit: Duration) -> bool {
    held().lasts(lasted, limit)
}

/// Returns for how long Python has been kept, and by whom, if it is.
pub(crate) fn keeps_python() -> Option<(String, Duration)> {
    let lasted = prober::held_for();
    (lasted >= LONG).then(|| (holder(), lasted))
}

/// Names who keeps Python.
pub(crate) fn holder() -> String {
    let held = held();
    let running = held.suspects.iter().filter(|(slot, _)| {
        let slot = slot.upgrade();
        slot.is_some_and(|slot| slot.is_running())
    });
    let most = running.max_by_key(|suspect| worked(suspect));
    match most.and_then(|(slot, _)| slot.upgrade()) {
        Some(slot) => slot.name(),
        None => "a thread of a script".to_owned(),
    }
}

fn held() -> MutexGuard<'static, Held> {
    unpoisoned(HELD.lock())
}
