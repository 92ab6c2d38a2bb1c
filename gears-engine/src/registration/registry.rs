//! All registrations, found by what causes them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, RwLock};

use super::hook_table::HookTable;
use super::{Draft, Registration, dropped};
use crate::session::Session;
use gears_model::{Hook, Kind, Mode, Trouble};

/// All registrations of the server.
#[derive(Default)]
pub(crate) struct Registry {
    tables: Mutex<Tables>,
    /// How many listen to what happens to keys: asked at every event.
    listeners: AtomicUsize,
    /// What commands are hooked: asked at every command while there are any.
    hooks: RwLock<Arc<HookTable>>,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::default);

/// Returns the registrations of this server.
pub(crate) fn registry() -> &'static Registry {
    &REGISTRY
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
            .filter_map(|numbers| tables.session_of(numbers))
            .collect()
    }

    /// Returns one of them; the cost does not depend on how many there are.
    pub(crate) fn session(&self, id: &str) -> Option<(Arc<Session>, Vec<u64>)> {
        let tables = self.tables();
        tables.session_of(tables.by_session.get(id)?)
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
        self.put(&installed, replaced);
        for registration in &installed {
            registration.tell_registered();
        }
        installed
    }

    /// Puts registrations in, in place of those of the session `replaced` and
    /// of those that have the same numbers or triggers.
    pub(crate) fn put(&self, registrations: &[Arc<Registration>], replaced: Option<&str>) {
        let mut tables = self.tables();
        // Kept until the tables are free again: dropping a registration drops
        // Python objects, which must not happen under our mutex.
        let mut removed = Vec::new();
        if let Some(replaced) = replaced {
            for number in tables.by_session.get(replaced).cloned().unwrap_or_default() {
                removed.extend(tables.remove(number));
            }
        }
        for registration in registrations {
            removed.extend(tables.remove(registration.number));
            if let Kind::Trigger { name, .. } = &registration.kind
                && let Some(other) = tables.by_trigger.get(name).map(|other| other.number)
            {
                removed.extend(tables.remove(other));
            }
        }
        for registration in registrations {
            tables.last_number = tables.last_number.max(registration.number);
            tables.insert(Arc::clone(registration));
        }
        // One that comes again with its number was loaded and changed its state.
        let same: Vec<_> = removed
            .iter()
            .map(|removed| tables.by_number.contains_key(&removed.number))
            .collect();
        self.note_change(&tables);
        drop(tables);
        for (registration, is_same) in removed.iter().zip(same) {
            registration.retire();
            if !is_same {
                registration.tell_unregistered("replaced");
                dropped::note_kept(registration);
            }
        }
        drop(removed);
    }

    /// Takes all registrations out: other data are loaded.
    pub(crate) fn clear(&self) {
        let mut tables = self.tables();
        let last_number = tables.last_number;
        let removed = std::mem::take(&mut *tables);
        tables.last_number = last_number;
        self.note_change(&tables);
        drop(tables);
        for registration in removed.by_number.values() {
            registration.retire();
            registration.tell_unregistered("loading");
            dropped::note_kept(registration);
        }
    }

    /// Takes a registration out and returns it.
    pub(crate) fn remove(&self, number: u64) -> Option<Arc<Registration>> {
        let mut tables = self.tables();
        let removed = tables.remove(number);
        self.note_change(&tables);
        removed
    }

    /// Returns what commands are hooked.
    pub(crate) fn hooks(&self) -> Arc<HookTable> {
        let hooks = self.hooks.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&hooks)
    }

    /// Says whether a hook that overlaps with `hook` and is not `sync` is
    /// registered, by another session than `replaced`.
    pub(crate) fn has_waiting_hook(&self, hook: &Hook, replaced: Option<&str>) -> bool {
        self.tables().by_number.values().any(|registration| {
            registration.mode != Mode::Sync
                && Some(registration.session.id.as_str()) != replaced
                && matches!(&registration.kind, Kind::Hook { hook: other, .. } if hook.overlaps(other))
        })
    }

    fn note_change(&self, tables: &Tables) {
        self.listeners
            .store(tables.listeners.len(), Ordering::Release);
        let table = Arc::new(HookTable::of(tables.by_number.values()));
        let mut hooks = self.hooks.write().unwrap_or_else(PoisonError::into_inner);
        *hooks = table;
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
    /// Returns the session of these registrations, with their numbers.
    fn session_of(&self, numbers: &[u64]) -> Option<(Arc<Session>, Vec<u64>)> {
        let first = self.by_number.get(numbers.first()?)?;
        Some((Arc::clone(&first.session), numbers.to_vec()))
    }

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
            Kind::Hook { .. } => {}
            Kind::Keys(_) | Kind::Stream(_) => {
                // Events pass, and are kept; the entries of streams wait by themselves.
                let is_event = matches!(registration.kind, Kind::Keys(_));
                let listens = |trouble: &Trouble| is_event && trouble.is_missing();
                if registration.trouble.as_ref().is_none_or(listens) {
                    self.listeners
                        .insert(registration.number, Arc::clone(&registration));
                }
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
            Kind::Hook { .. } => {}
            Kind::Keys(_) => {
                self.listeners.remove(&number);
            }
            Kind::Stream(stream) => {
                stream.close();
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
