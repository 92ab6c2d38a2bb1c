//! Functions that wait for triggers.

mod backlog;
mod event_name;
mod key_event;
mod latency;
mod on_full;
mod registry;
mod room;
mod stream;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;

use crate::execution::{EventQueue, Load};
use crate::hook::Hook;
use crate::journal;
use crate::lane::Lane;
use crate::plan::Plan;
use crate::session::Session;

pub(crate) use backlog::{Backlog, KeptEvent};
pub(crate) use event_name::check_event;
pub(crate) use key_event::{KeyEvents, Prefix};
pub(crate) use latency::Histogram;
pub(crate) use on_full::OnFull;
pub(crate) use registry::registry;
pub(crate) use stream::{FailurePolicy, Status, Stream, StreamOptions};

/// Where a function runs (spec section 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Async,
    AsyncLocal,
    Sync,
}

impl Mode {
    /// Reads a mode's name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "async" => Some(Self::Async),
            "async_local" => Some(Self::AsyncLocal),
            "sync" => Some(Self::Sync),
            _ => None,
        }
    }

    /// Names the mode.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Async => "async",
            Self::AsyncLocal => "async_local",
            Self::Sync => "sync",
        }
    }
}

/// The shard id of a server that is alone.
pub(crate) const SHARD_ID: &str = "0000000000000000000000000000000000000000";

/// Prints an id as `<shard>-<number>`.
pub(crate) fn print_id(number: u64) -> String {
    format!("{SHARD_ID}-{number}")
}

/// Reads an id as RedisGears does: the shard, a dash, digits, then anything
/// (spec section 5.4).
pub(crate) fn parse_id(text: &[u8]) -> Option<u64> {
    let digits = text.strip_prefix(SHARD_ID.as_bytes())?.strip_prefix(b"-")?;
    let end = digits
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(digits.len());
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

/// How often a registration ran and how that went.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statistics {
    pub(crate) triggered: i64,
    pub(crate) succeeded: i64,
    pub(crate) failed: i64,
    pub(crate) aborted: i64,
    /// Events that were not let in, because too much waited.
    pub(crate) dropped: i64,
    pub(crate) last_run: Duration,
    pub(crate) total_run: Duration,
    pub(crate) last_error: Option<String>,
    /// How long the last record had waited when its execution ended.
    pub(crate) last_lag: Duration,
    pub(crate) total_lag: Duration,
    pub(crate) latency: Histogram,
}

/// How an execution of a registration ended.
pub(crate) enum End<'a> {
    Succeeded,
    Failed(&'a str),
}

impl<'a> End<'a> {
    /// Reads off an outcome's errors how it ended.
    pub(crate) fn of(errors: &'a [String]) -> Self {
        match errors.first() {
            None => Self::Succeeded,
            Some(error) => Self::Failed(error),
        }
    }
}

/// What causes executions.
pub(crate) enum Kind {
    /// A client that calls the trigger.
    Trigger { name: Vec<u8>, in_order: bool },
    /// A command that the function stands in for.
    Hook { hook: Hook, in_order: bool },
    /// Something that happens to a key.
    Keys(KeyEvents),
    /// Entries that come into a stream.
    Stream(Stream),
}

impl Kind {
    /// Names the reader in scripts and replies.
    pub(crate) fn reader(&self) -> &'static str {
        match self {
            Self::Trigger { .. } | Self::Hook { .. } => "CommandReader",
            Self::Keys(_) => "KeysReader",
            Self::Stream(_) => "StreamReader",
        }
    }
}

/// A function and what causes it, with its counters.
pub(crate) struct Registration {
    pub(crate) number: u64,
    pub(crate) kind: Kind,
    pub(crate) mode: Mode,
    pub(crate) description: Option<String>,
    pub(crate) session: Arc<Session>,
    pub(crate) plan: Arc<Plan>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) on_registered: Option<Py<PyAny>>,
    /// Where calls queue that keep their order.
    lane: Arc<Lane>,
    /// Where events of keys queue.
    pub(crate) events: EventQueue,
    /// What it has to do.
    pub(crate) load: Arc<Load>,
    /// What is stored of it.
    pub(crate) stored: Arc<[u8]>,
    /// Why it cannot run, although it is registered.
    pub(crate) trouble: Option<Trouble>,
    /// Events that came before it could run.
    pub(crate) backlog: Arc<Backlog>,
    statistics: Mutex<Statistics>,
    aborted: AtomicBool,
    retired: AtomicBool,
    /// How long nobody waits for it any more.
    patience: room::Patience,
    /// The ended executions that are listed, oldest first.
    listed: Mutex<VecDeque<u64>>,
}

/// What a script asked to register; installed when the script has succeeded.
pub(crate) struct Draft {
    pub(crate) number: u64,
    pub(crate) kind: Kind,
    pub(crate) mode: Mode,
    pub(crate) description: Option<String>,
    pub(crate) plan: Arc<Plan>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) on_registered: Option<Py<PyAny>>,
    /// What is stored of it, known when the script has ended.
    pub(crate) stored: Arc<[u8]>,
    /// Why it cannot run, when it was loaded and could not be made again.
    pub(crate) trouble: Option<Trouble>,
}

/// Why a registration that was loaded does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Something has to happen first.
    Pending(String),
    /// Packages of its script are not there yet.
    Missing(String),
    /// It cannot be made again; it is kept and stored as it was.
    Broken(String),
}

impl Trouble {
    /// Says whether packages are not there yet.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing(_))
    }

    /// Says why, for clients.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Pending(reason) | Self::Missing(reason) | Self::Broken(reason) => reason,
        }
    }
}

impl Draft {
    pub(crate) fn into_registration(self, session: &Arc<Session>) -> Registration {
        Registration {
            number: self.number,
            kind: self.kind,
            mode: self.mode,
            description: self.description,
            session: Arc::clone(session),
            plan: self.plan,
            timeout: self.timeout,
            on_registered: self.on_registered,
            lane: Arc::default(),
            events: EventQueue::default(),
            load: Arc::default(),
            stored: self.stored,
            trouble: self.trouble,
            backlog: Arc::default(),
            statistics: Mutex::default(),
            aborted: AtomicBool::new(false),
            retired: AtomicBool::new(false),
            patience: room::Patience::default(),
            listed: Mutex::default(),
        }
    }
}

impl Registration {
    /// Returns the id that clients use.
    pub(crate) fn id(&self) -> String {
        print_id(self.number)
    }

    /// Counts an execution that begins.
    pub(crate) fn note_triggered(&self) {
        self.statistics_now().triggered += 1;
    }

    /// Counts an execution that ended; a success clears the last error.
    pub(crate) fn note_ended(&self, end: &End<'_>, took: Duration) {
        let mut statistics = self.statistics_now();
        statistics.last_run = took;
        statistics.total_run += took;
        statistics.latency.record(took);
        match end {
            End::Succeeded => {
                statistics.succeeded += 1;
                statistics.last_error = None;
            }
            End::Failed(error) => {
                statistics.failed += 1;
                let before = statistics.last_error.replace((*error).to_owned());
                drop(statistics);
                journal::failed(self, error, before.is_none());
            }
        }
        if self.mode == Mode::Sync {
            gears_server::note_latency(c"gears-sync", took);
        }
    }

    /// Notes an ended execution that is listed; returns those that have to go
    /// so that `most` stay.
    pub(crate) fn note_listed(&self, execution: u64, most: i64) -> Vec<u64> {
        let mut listed = self.listed_now();
        listed.push_back(execution);
        match usize::try_from(most) {
            Ok(most) if most > 0 && listed.len() > most => {
                let extra = listed.len() - most;
                listed.drain(..extra).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Gives up the list of ended executions.
    pub(crate) fn take_listed(&self) -> Vec<u64> {
        self.listed_now().drain(..).collect()
    }

    /// Goes on where an earlier state of the same registration was.
    pub(crate) fn inherit(&mut self, earlier: &Self) {
        self.backlog = Arc::clone(&earlier.backlog);
        self.statistics = Mutex::new(earlier.statistics());
    }

    /// Says whether events have to be kept: it waits for its packages, or still
    /// catches up.
    pub(crate) fn keeps_events(&self) -> bool {
        self.trouble.as_ref().is_some_and(Trouble::is_missing) || self.backlog.is_behind()
    }

    /// Refuses to run what was loaded and cannot run.
    ///
    /// # Errors
    ///
    /// The error for the client.
    pub(crate) fn check_usable(&self) -> Result<(), String> {
        match &self.trouble {
            None => Ok(()),
            Some(Trouble::Pending(reason) | Trouble::Missing(reason)) => {
                Err(format!("ERR the function cannot run yet: {reason}"))
            }
            Some(Trouble::Broken(reason)) => Err(format!("ERR the function cannot run: {reason}")),
        }
    }

    /// Returns the lane of calls that run one after another.
    pub(crate) fn lane_in_order(&self) -> Option<Arc<Lane>> {
        let in_order = match self.kind {
            Kind::Trigger { in_order, .. } | Kind::Hook { in_order, .. } => in_order,
            Kind::Keys(_) | Kind::Stream(_) => false,
        };
        in_order.then(|| Arc::clone(&self.lane))
    }

    /// Notes how long the last record of an execution had waited.
    pub(crate) fn note_lag(&self, lag: Duration) {
        let mut statistics = self.statistics_now();
        statistics.last_lag = lag;
        statistics.total_lag += lag;
    }

    /// Counts an execution that never began.
    pub(crate) fn note_aborted(&self) {
        self.statistics_now().aborted += 1;
    }

    /// Counts events that it does not get.
    pub(crate) fn note_dropped(&self, count: i64) {
        self.statistics_now().dropped += count;
    }

    /// Copies the counters.
    pub(crate) fn statistics(&self) -> Statistics {
        self.statistics_now().clone()
    }

    /// Zeroes the counters; what is in flight stays counted as triggered.
    pub(crate) fn clear_statistics(&self) {
        let mut statistics = self.statistics_now();
        let ended = statistics.succeeded + statistics.failed + statistics.aborted;
        *statistics = Statistics {
            triggered: statistics.triggered - ended,
            ..Statistics::default()
        };
    }

    /// Lets executions that wait end at once, empty.
    pub(crate) fn abort_pending(&self) {
        self.aborted.store(true, Ordering::Release);
    }

    /// Ends the registration's life: no new executions. Calls and events that
    /// wait run still; streams are read no further, as their entries wait for
    /// whoever comes after.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
        if matches!(self.kind, Kind::Stream(_)) {
            self.abort_pending();
        }
    }

    /// Says whether its life has ended.
    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// Says whether executions that wait shall end.
    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }

    fn listed_now(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn statistics_now(&self) -> MutexGuard<'_, Statistics> {
        self.statistics
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_leniently_behind_the_number() {
        assert_eq!(parse_id(print_id(52).as_bytes()), Some(52));
        assert_eq!(parse_id(format!("{SHARD_ID}-7junk").as_bytes()), Some(7));
        for text in [
            "",
            "7",
            "x-7",
            SHARD_ID,
            &format!("{SHARD_ID}-"),
            &format!("{SHARD_ID}7"),
        ] {
            assert_eq!(parse_id(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_id(&b"9".repeat(5000)), None);
    }
}
