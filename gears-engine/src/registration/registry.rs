//! All registrations, found by what causes them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Draft, Kind, Registration};
use crate::journal;
use crate::session::Session;

/// All registrations of the server.
#[derive(Default)]
pub(crate) struct Registry {
    tables: Mutex<Tables>,
    /// How many listen to what happens to keys: asked at every event.
    listeners: AtomicUsize,
}

#[derive(Default)]
struct Tables {
    last_number: u64,
    by_number: BTreeMap<u64, Arc<Registration>>,
    by_trigger: HashMap<Vec<u8>, Arc<Registration>>,
    /// Those that listen to keys, in the order of their numbers.
    listeners: BTreeMap<u64, Arc<Registration>>,
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

    /// Finds a registration by its number.
    pub(crate) fn by_number(&self, number: u64) -> Option<Arc<Registration>> {
        self.tables().by_number.get(&number).cloned()
    }

    /// Says whether any registration listens to keys or streams.
    pub(crate) fn has_listeners(&self) -> bool {
        self.listeners.load(Ordering::Acquire) > 0
    }

    /// Returns those that listen to keys and streams, oldest first.
    pub(crate) fn listeners(&self) -> Vec<Arc<Registration>> {
        if self.listeners.load(Ordering::Acquire) == 0 {
            return Vec::new();
        }
        self.tables().listeners.values().cloned().collect()
    }

    /// Returns the sessions that have registrations.
    pub(crate) fn sessions(&self) -> Vec<(Arc<Session>, Vec<u64>)> {
        let tables = self.tables();
        tables
            .by_session
            .values()
            .filter_map(|numbers| {
                let first = tables.by_number.get(numbers.first()?)?;
                Some((Arc::clone(&first.session), numbers.clone()))
            })
            .collect()
    }

    /// Returns the numbers of a session's registrations; none if there is no
    /// such session.
    pub(crate) fn of_session(&self, session: &str) -> Option<Vec<u64>> {
        self.tables().by_session.get(session).cloned()
    }

    /// Installs a script's registrations in place of those of the session
    /// `replaced`, all in one step.
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
        self.listeners
            .store(tables.listeners.len(), Ordering::Release);
        drop(tables);
        for registration in &removed {
            registration.abort_pending();
            journal::unregistered(registration, "replaced");
        }
        for registration in &installed {
            journal::registered(registration);
        }
        installed
    }

    /// Takes a registration out and returns it.
    pub(crate) fn remove(&self, number: u64) -> Option<Arc<Registration>> {
        let mut tables = self.tables();
        let removed = tables.remove(number);
        self.listeners
            .store(tables.listeners.len(), Ordering::Release);
        removed
    }

    /// Counts the registrations.
    pub(crate) fn len(&self) -> usize {
        self.tables().by_number.len()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn insert(&mut self, registration: Arc<Registration>) {
        self.by_session
            .entry(registration.session.id.clone())
            .or_default()
            .push(registration.number);
        match &registration.kind {
            Kind::Trigger { name, .. } => {
                self.by_trigger
                    .insert(name.clone(), Arc::clone(&registration));
            }
            Kind::Keys(_) | Kind::Stream(_) => {
                self.listeners
                    .insert(registration.number, Arc::clone(&registration));
            }
        }
        self.by_number.insert(registration.number, registration);
    }

    fn remove(&mut self, number: u64) -> Option<Arc<Registration>> {
        let registration = self.by_number.remove(&number)?;
        match &registration.kind {
            Kind::Trigger { name, .. } => {
                self.by_trigger.remove(name);
            }
            Kind::Keys(_) | Kind::Stream(_) => {
                self.listeners.remove(&number);
            }
        }
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
