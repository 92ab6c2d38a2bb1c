//! Functions that wait for triggers.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;

use crate::plan::Plan;
use crate::session::Session;
use crate::worker::Lane;

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
    pub(crate) last_run: Duration,
    pub(crate) total_run: Duration,
    pub(crate) last_error: Option<String>,
}

/// How an execution of a registration ended.
pub(crate) enum End<'a> {
    Succeeded,
    Failed(&'a str),
}

/// A function under a trigger, with its counters.
pub(crate) struct Registration {
    pub(crate) number: u64,
    pub(crate) trigger: Vec<u8>,
    pub(crate) in_order: bool,
    pub(crate) mode: Mode,
    pub(crate) description: Option<String>,
    pub(crate) session: Arc<Session>,
    pub(crate) plan: Plan,
    pub(crate) on_registered: Option<Py<PyAny>>,
    /// Where executions queue when they must keep their order.
    pub(crate) lane: Arc<Lane>,
    statistics: Mutex<Statistics>,
    aborted: AtomicBool,
}

/// What a script asked to register; installed when the script has succeeded.
pub(crate) struct Draft {
    pub(crate) number: u64,
    pub(crate) trigger: Vec<u8>,
    pub(crate) in_order: bool,
    pub(crate) mode: Mode,
    pub(crate) description: Option<String>,
    pub(crate) plan: Plan,
    pub(crate) on_registered: Option<Py<PyAny>>,
}

impl Draft {
    fn into_registration(self, session: &Arc<Session>) -> Registration {
        Registration {
            number: self.number,
            trigger: self.trigger,
            in_order: self.in_order,
            mode: self.mode,
            description: self.description,
            session: Arc::clone(session),
            plan: self.plan,
            on_registered: self.on_registered,
            lane: Arc::default(),
            statistics: Mutex::default(),
            aborted: AtomicBool::new(false),
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
        match end {
            End::Succeeded => {
                statistics.succeeded += 1;
                statistics.last_error = None;
            }
            End::Failed(error) => {
                statistics.failed += 1;
                statistics.last_error = Some((*error).to_owned());
            }
        }
    }

    /// Counts an execution that never began.
    pub(crate) fn note_aborted(&self) {
        self.statistics_now().aborted += 1;
    }

    /// Copies the counters.
    pub(crate) fn statistics(&self) -> Statistics {
        self.statistics_now().clone()
    }

    /// Lets executions that wait end at once, empty.
    pub(crate) fn abort_pending(&self) {
        self.aborted.store(true, Ordering::Release);
    }

    /// Says whether executions that wait shall end.
    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }

    fn statistics_now(&self) -> MutexGuard<'_, Statistics> {
        self.statistics
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// All registrations of the server.
#[derive(Default)]
pub(crate) struct Registry(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    last_number: u64,
    by_number: BTreeMap<u64, Arc<Registration>>,
    by_trigger: HashMap<Vec<u8>, Arc<Registration>>,
    by_session: HashMap<String, Vec<u64>>,
}

impl Registry {
    /// Returns a number that no registration had before.
    pub(crate) fn next_number(&self) -> u64 {
        let mut tables = self.tables();
        tables.last_number += 1;
        tables.last_number
    }

    /// Finds the function under a trigger.
    pub(crate) fn by_trigger(&self, trigger: &[u8]) -> Option<Arc<Registration>> {
        self.tables().by_trigger.get(trigger).cloned()
    }

    /// Returns all registrations in the order of their numbers.
    pub(crate) fn all(&self) -> Vec<Arc<Registration>> {
        self.tables().by_number.values().cloned().collect()
    }

    /// Returns the numbers of a session's registrations; none if there is no
    /// such session.
    pub(crate) fn of_session(&self, session: &str) -> Option<Vec<u64>> {
        self.tables().by_session.get(session).cloned()
    }

    /// Installs a script's registrations in place of those of the session
    /// `replaced`, all in one step.
    ///
    /// Calls that wait for a replaced function run it: RedisGears aborts them,
    /// and answers as if they had run and returned nothing.
    pub(crate) fn install(
        &self,
        session: Session,
        drafts: Vec<Draft>,
        replaced: Option<&str>,
    ) -> Vec<Arc<Registration>> {
        let session = Arc::new(session);
        let installed: Vec<_> = drafts
            .into_iter()
            .map(|draft| Arc::new(draft.into_registration(&session)))
            .collect();
        let mut tables = self.tables();
        // Kept until the tables are free again: dropping a registration drops
        // Python objects, which must not happen under our mutex.
        let mut removed = Vec::new();
        if let Some(replaced) = replaced {
            for number in tables.by_session.get(replaced).cloned().unwrap_or_default() {
                removed.extend(tables.remove(number));
            }
        }
        for registration in &installed {
            tables.insert(Arc::clone(registration));
        }
        drop(tables);
        drop(removed);
        installed
    }

    /// Takes a registration out and returns it.
    pub(crate) fn remove(&self, number: u64) -> Option<Arc<Registration>> {
        self.tables().remove(number)
    }

    /// Counts the registrations.
    pub(crate) fn len(&self) -> usize {
        self.tables().by_number.len()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn insert(&mut self, registration: Arc<Registration>) {
        self.by_session
            .entry(registration.session.id.clone())
            .or_default()
            .push(registration.number);
        self.by_trigger
            .insert(registration.trigger.clone(), Arc::clone(&registration));
        self.by_number.insert(registration.number, registration);
    }

    fn remove(&mut self, number: u64) -> Option<Arc<Registration>> {
        let registration = self.by_number.remove(&number)?;
        self.by_trigger.remove(&registration.trigger);
        if let Entry::Occupied(mut session) = self.by_session.entry(registration.session.id.clone())
        {
            session.get_mut().retain(|other| *other != number);
            if session.get().is_empty() {
                session.remove();
            }
        }
        Some(registration)
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
