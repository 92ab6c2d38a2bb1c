//! Runs that took long and that the server's own slow log does not show: nobody sent a command for them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use gears_model::Id;

use super::Registration;
use crate::ground::poison::unpoisoned;

/// So many bytes of a word are kept, as in the server's slow log.
const LONGEST_WORD: usize = 128;

/// What counts as slow, in microseconds.
static FROM: AtomicU64 = AtomicU64::new(u64::MAX);

/// How many runs are kept.
static MOST: AtomicUsize = AtomicUsize::new(0);

static RUNS: Mutex<Runs> = Mutex::new(Runs {
    kept: VecDeque::new(),
    noted: 0,
});

/// The latest slow runs.
struct Runs {
    /// The oldest first.
    kept: VecDeque<Arc<SlowRun>>,
    /// How many there were so far.
    noted: u64,
}

/// A run that took long.
pub(crate) struct SlowRun {
    /// Counts from 0 on, since the server started.
    pub(crate) number: u64,
    pub(crate) ended: SystemTime,
    pub(crate) took: Duration,
    pub(crate) registration: Id,
    pub(crate) name: String,
    pub(crate) reader: &'static str,
    pub(crate) mode: &'static str,
    /// The event and its key, or the stream and the entries.
    pub(crate) about: Vec<Vec<u8>>,
}

/// Sets from how many microseconds on a run is slow (`SlowLogTime`); 0 is none.
pub(crate) fn set_time(micros: i64) {
    let from = u64::try_from(micros).ok().filter(|micros| *micros > 0);
    FROM.store(from.unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// Sets how many slow runs are kept (`SlowLogLength`).
pub(crate) fn set_length(most: i64) {
    MOST.store(
        usize::try_from(most).unwrap_or(usize::MAX),
        Ordering::Relaxed,
    );
    runs().shorten();
}

/// Says whether a run is slow that took so long.
pub(crate) fn is_slow(took: Duration) -> bool {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    micros >= FROM.load(Ordering::Relaxed)
}

/// Notes a slow run; not one about which the server knows itself.
pub(crate) fn note(registration: &Registration, took: Duration, about: Option<Vec<&[u8]>>) {
    let Some(about) = about else {
        return;
    };
    let cut = |word: &[u8]| word[..word.len().min(LONGEST_WORD)].to_vec();
    let mut runs = runs();
    let run = SlowRun {
        number: runs.noted,
        ended: SystemTime::now(),
        took,
        registration: registration.id,
        name: registration.name(),
        reader: registration.kind.reader(),
        mode: registration.mode.name(),
        about: about.into_iter().map(cut).collect(),
    };
    runs.noted += 1;
    runs.kept.push_back(Arc::new(run));
    runs.shorten();
}

/// Returns the slow runs, the latest first.
pub(crate) fn all() -> Vec<Arc<SlowRun>> {
    runs().kept.iter().rev().cloned().collect()
}

/// Forgets them.
pub(crate) fn reset() {
    runs().kept.clear();
}

impl Runs {
    fn shorten(&mut self) {
        let extra = self.kept.len().saturating_sub(MOST.load(Ordering::Relaxed));
        self.kept.drain(..extra);
    }
}

fn runs() -> MutexGuard<'static, Runs> {
    unpoisoned(RUNS.lock())
}
