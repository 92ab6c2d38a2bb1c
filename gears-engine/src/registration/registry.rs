//! All registrations, found by what causes them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, RwLock};

use super::hook_table::HookTable;
use super::names::Names;
use super::{Draft, Registration, dropped};
use crate::cluster;
use crate::ground::poison::unpoisoned;
use crate::session::Session;
use gears_model::{Hook, Id, Kind, Mode, Trouble};

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
    by_id: BTreeMap<Id, Arc<Registration>>,
    names: Names,
    /// Those that listen to keys, in the order of their ids.
    listeners: BTreeMap<Id, Arc<Registration>>,
    by_session: HashMap<String, Vec<Id>>,
}

impl Registry {
    /// Returns an id that no registration had before.
    ///
    /// It names the shard that registers; all others of its cluster know it by the same id.
    pub(crate) fn next_id(&self) -> Id {
        let mut tables = self.tables();
        tables.last_number += 1;
        cluster::id(tables.last_number)
    }

    /// Finds the function under a trigger; of several versions the newest is under the plain name.
    pub(crate) fn by_trigger(&self, trigger: &[u8]) -> Option<Arc<Registration>> {
        self.tables().names.find(trigger).cloned()
    }

    /// Returns those that have names which `kind` needs for itself, but for those of the session
    /// `replaced`.
    pub(crate) fn in_the_way(&self, kind: &Kind, replaced: Option<&str>) -> Vec<Arc<Registration>> {
        let mut in_the_way = self.tables().names.in_the_way(kind);
        in_the_way.retain(|there| Some(there.session.id.as_str()) != replaced);
        in_the_way
    }

    /// Returns since when the newest version of a trigger is so; 0 if there is none.
    pub(crate) fn since(&self, trigger: &[u8]) -> u64 {
        self.tables().names.since(trigger)
    }

    /// Says whether this version of a trigger is the newest.
    pub(crate) fn is_newest(&self, version: &Registration) -> bool {
        let trigger = version.kind.shared_name();
        let newest = trigger.and_then(|trigger| self.by_trigger(trigger));
        newest.is_some_and(|newest| newest.id == version.id)
    }

    /// Returns the versions of all triggers that have several.
    pub(crate) fn versions(&self) -> Vec<Arc<Registration>> {
        self.tables().names.versions().cloned().collect()
    }

    /// Returns all registrations in the order of their ids.
    pub(crate) fn all(&self) -> Vec<Arc<Registration>> {
        self.tables().by_id.values().cloned().collect()
    }

    /// Finds a registration by its id.
    pub(crate) fn by_id(&self, id: Id) -> Option<Arc<Registration>> {
        self.tables().by_id.get(&id).cloned()
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
    pub(crate) fn sessions(&self) -> Vec<(Arc<Session>, Vec<Id>)> {
        let tables = self.tables();
        tables
            .by_session
            .values()
            .filter_map(|ids| tables.session_of(ids))
            .collect()
    }

    /// Returns one of them; the cost does not depend on how many there are.
    pub(crate) fn session(&self, id: &str) -> Option<(Arc<Session>, Vec<Id>)> {
        let tables = self.tables();
        tables.session_of(tables.by_session.get(id)?)
    }

    /// Returns the ids of a session's registrations; none if there is no
    /// such session.
    pub(crate) fn of_session(&self, session: &str) -> Option<Vec<Id>> {
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
    /// of those that have the same ids or triggers.
    pub(crate) fn put(&self, registrations: &[Arc<Registration>], replaced: Option<&str>) {
        let mut tables = self.tables();
        // Kept until the tables are free again: dropping a registration drops
        // Python objects, which must not happen under our mutex.
        let mut removed = Vec::new();
        if let Some(replaced) = replaced {
            for id in tables.by_session.get(replaced).cloned().unwrap_or_default() {
                removed.extend(tables.remove(id));
            }
        }
        for registration in registrations {
            removed.extend(tables.remove(registration.id));
            for other in tables.names.in_the_way(&registration.kind) {
                removed.extend(tables.remove(other.id));
            }
        }
        for registration in registrations {
            tables.last_number = tables.last_number.max(registration.id.number);
            tables.insert(Arc::clone(registration));
        }
        // One that comes again with its id was loaded and changed its state.
        let same: Vec<_> = removed
            .iter()
            .map(|removed| tables.by_id.contains_key(&removed.id))
            .collect();
        let changed = removed.iter().chain(registrations);
        let triggers = changed.filter_map(|changed| changed.kind.shared_name());
        tables.names.settle(triggers);
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
        for registration in removed.by_id.values() {
            registration.retire();
            registration.tell_unregistered("loading");
            dropped::note_kept(registration);
        }
    }

    /// Takes a registration out and returns it.
    pub(crate) fn remove(&self, id: Id) -> Option<Arc<Registration>> {
        let mut tables = self.tables();
        let removed = tables.remove(id);
        let trigger = removed.as_ref().and_then(|one| one.kind.shared_name());
        tables.names.settle(trigger);
        self.note_change(&tables);
        removed
    }

    /// Returns what commands are hooked.
    pub(crate) fn hooks(&self) -> Arc<HookTable> {
        let hooks = unpoisoned(self.hooks.read());
        Arc::clone(&hooks)
    }

    /// Says whether a hook that overlaps with `hook` and is not `sync` is
    /// registered, by another session than `replaced`.
    pub(crate) fn has_waiting_hook(&self, hook: &Hook, replaced: Option<&str>) -> bool {
        self.tables().by_id.values().any(|registration| {
            registration.mode != Mode::Sync
                && Some(registration.session.id.as_str()) != replaced
                && matches!(&registration.kind, Kind::Hook { hook: other, .. } if hook.overlaps(other))
        })
    }

    fn note_change(&self, tables: &Tables) {
        self.listeners
            .store(tables.listeners.len(), Ordering::Release);
        let table = Arc::new(HookTable::of(tables.by_id.values()));
        let mut hooks = unpoisoned(self.hooks.write());
        *hooks = table;
    }

    /// Counts the registrations.
    pub(crate) fn len(&self) -> usize {
        self.tables().by_id.len()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        unpoisoned(self.tables.lock())
    }
}

impl Tables {
    /// Returns the session of these registrations, with their ids.
    fn session_of(&self, ids: &[Id]) -> Option<(Arc<Session>, Vec<Id>)> {
        let first = self.by_id.get(ids.first()?)?;
        Some((Arc::clone(&first.session), ids.to_vec()))
    }

    fn insert(&mut self, registration: Arc<Registration>) {
        self.by_session
            .entry(registration.session.id.clone())
            .or_default()
            .push(registration.id);
        match &registration.kind {
            Kind::Trigger { .. } => self.names.insert(&registration),
            Kind::Hook { .. } => {}
            Kind::Keys(_) | Kind::Stream(_) => {
                // Events pass, and are kept; the entries of streams wait by themselves.
                let is_event = matches!(registration.kind, Kind::Keys(_));
                let listens = |trouble: &Trouble| is_event && trouble.is_missing();
                if registration.trouble.as_ref().is_none_or(listens) {
                    self.listeners
                        .insert(registration.id, Arc::clone(&registration));
                }
            }
        }
        self.by_id.insert(registration.id, registration);
    }

    fn remove(&mut self, id: Id) -> Option<Arc<Registration>> {
        let registration = self.by_id.remove(&id)?;
        match &registration.kind {
            Kind::Trigger { .. } => self.names.remove(&registration),
            Kind::Hook { .. } => {}
            Kind::Keys(_) => {
                self.listeners.remove(&id);
            }
            Kind::Stream(stream) => {
                stream.close();
                self.listeners.remove(&id);
            }
        }
        if let Entry::Occupied(mut session) = self.by_session.entry(registration.session.id.clone())
        {
            session.get_mut().retain(|other| *other != id);
            if session.get().is_empty() {
                session.remove();
            }
        }
        Some(registration)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use gears_model::{CommandName, Edition, KeyEvents, OnFull, Prefix, ShardId};
    use gears_server::CommandInfo;

    use super::*;
    use crate::session::Packages;
    use crate::session::user::User;

    /// A command whose first word is its key.
    const ONE_KEY: [i64; 5] = [-2, 1, 1, 1, 1];

    fn id(number: u64) -> Id {
        Id {
            number,
            shard: ShardId::ALONE,
        }
    }

    fn session(id: &str) -> Session {
        Session {
            id: id.to_owned(),
            description: None,
            requirements: Vec::new(),
            packages: Packages::default(),
            script: Arc::default(),
            user: User::Server,
        }
    }

    fn draft(registry: &Registry, kind: Kind) -> Draft {
        Draft {
            id: registry.next_id(),
            kind,
            mode: Mode::Async,
            description: None,
            function: Arc::default(),
            timeout: None,
            on_registered: None,
            stored: Arc::default(),
            trouble: None,
        }
    }

    fn trigger(name: &str) -> Kind {
        Kind::Trigger {
            name: name.into(),
            in_order: false,
            edition: None,
        }
    }

    fn version(name: &str, version: &str, since: u64) -> Kind {
        Kind::Trigger {
            name: name.into(),
            in_order: false,
            edition: Some(Edition {
                version: version.to_owned(),
                since,
                keep: Duration::from_secs(3600),
            }),
        }
    }

    fn keys(prefix: &str) -> Kind {
        Kind::Keys(KeyEvents {
            prefix: Prefix::new(prefix.as_bytes()),
            event_types: None,
            key_types: None,
            read_value: false,
            on_full: OnFull::Drop,
            commands: None,
        })
    }

    fn hook(command: &str, key_prefix: Option<&str>) -> Kind {
        let command = CommandName::stored(command, CommandInfo::of_numbers(ONE_KEY));
        let key_prefix = key_prefix.map(|prefix| prefix.as_bytes().to_vec());
        Kind::Hook {
            hook: Hook::stored(command, key_prefix),
            in_order: false,
        }
    }

    fn install(registry: &Registry, id: &str, kinds: Vec<Kind>, replaced: Option<&str>) -> Vec<Id> {
        let drafts = kinds
            .into_iter()
            .map(|kind| draft(registry, kind))
            .collect();
        let installed = registry.install(session(id), drafts, replaced);
        installed.iter().map(|one| one.id).collect()
    }

    fn of_trigger(registry: &Registry, name: &str) -> Option<Id> {
        registry.by_trigger(name.as_bytes()).map(|one| one.id)
    }

    #[test]
    fn numbers_are_never_given_twice() {
        let registry = Registry::default();
        let first = install(&registry, "s", vec![trigger("a"), trigger("b")], None);
        assert_eq!(first, [id(1), id(2)]);
        registry.remove(id(2));
        assert_eq!(install(&registry, "t", vec![trigger("c")], None), [id(3)]);
        registry.clear();
        assert_eq!(registry.len(), 0);
        assert_eq!(registry.next_id().number, 4);
    }

    #[test]
    fn a_session_is_replaced_as_a_whole() {
        let registry = Registry::default();
        install(
            &registry,
            "s",
            vec![trigger("a"), trigger("b"), keys("k")],
            None,
        );
        install(&registry, "other", vec![trigger("c")], None);
        let replaced = registry.by_trigger(b"a").unwrap();
        assert!(!replaced.is_retired());
        let upgraded = install(&registry, "s", vec![trigger("b"), trigger("d")], Some("s"));
        assert!(replaced.is_retired());
        assert_eq!(of_trigger(&registry, "a"), None);
        assert_eq!(of_trigger(&registry, "b"), Some(upgraded[0]));
        assert_eq!(registry.of_session("s"), Some(upgraded));
        assert_eq!(of_trigger(&registry, "c"), Some(id(4)));
        assert!(!registry.has_listeners());
        assert_eq!(registry.len(), 3);
    }

    #[test]
    fn a_trigger_is_of_who_registered_it_last() {
        let registry = Registry::default();
        install(&registry, "s", vec![trigger("a")], None);
        let taken = install(&registry, "t", vec![trigger("a")], None);
        assert_eq!(of_trigger(&registry, "a"), Some(taken[0]));
        // A session without registrations is none.
        assert_eq!(registry.of_session("s"), None);
        assert!(registry.session("s").is_none());
        assert_eq!(registry.sessions().len(), 1);
    }

    #[test]
    fn the_plain_name_is_that_of_the_newest_version() {
        let registry = Registry::default();
        let plain = || of_trigger(&registry, "a");
        let is_newest = |id| registry.is_newest(&registry.by_id(id).unwrap());
        let first = install(&registry, "s", vec![version("a", "1", 5)], None);
        assert_eq!((plain(), is_newest(first[0])), (Some(first[0]), true));
        let second = install(&registry, "t", vec![version("a", "2", 7)], None);
        assert_eq!((plain(), is_newest(first[0])), (Some(second[0]), false));
        assert_eq!(of_trigger(&registry, "a@1"), Some(first[0]));
        assert_eq!(of_trigger(&registry, "a@2"), Some(second[0]));
        // One that leaves the plain name to others, and one that was the newest before.
        let aside = install(&registry, "u", vec![version("a", "3", 0)], None);
        let early = install(&registry, "v", vec![version("a", "4", 6)], None);
        assert_eq!((plain(), registry.since(b"a")), (Some(second[0]), 7));
        let again = install(&registry, "s", vec![version("a", "1", 8)], Some("s"));
        assert_eq!((plain(), registry.len()), (Some(again[0]), 4));
        for (gone, newest) in [
            (again[0], Some(second[0])),
            (second[0], Some(early[0])),
            (early[0], Some(aside[0])),
            (aside[0], None),
        ] {
            registry.remove(gone);
            assert_eq!(plain(), newest);
        }
        assert!(registry.versions().is_empty() && registry.by_trigger(b"a@3").is_none());
    }

    #[test]
    fn versions_make_way_as_others_do() {
        let registry = Registry::default();
        let versions = vec![version("a", "1", 5), version("a", "2", 7)];
        install(&registry, "s", versions, None);
        let in_the_way = |kind, replaced| registry.in_the_way(&kind, replaced).len();
        assert_eq!(in_the_way(trigger("a"), None), 2);
        assert_eq!(in_the_way(trigger("a@1"), None), 1);
        assert_eq!(in_the_way(version("a", "2", 8), None), 1);
        assert_eq!(in_the_way(version("a", "2", 8), Some("s")), 0);
        assert_eq!(in_the_way(version("a", "3", 8), None), 0);
        assert_eq!(in_the_way(version("a@2", "3", 8), None), 1);
        let whole = install(&registry, "t", vec![trigger("a")], None);
        assert_eq!(of_trigger(&registry, "a"), Some(whole[0]));
        assert_eq!(registry.len(), 1);
        assert_eq!(in_the_way(version("a", "3", 8), None), 1);
        let version = install(&registry, "t", vec![version("a", "3", 8)], Some("t"));
        assert_eq!(of_trigger(&registry, "a"), Some(version[0]));
        assert_eq!(of_trigger(&registry, "a@3"), Some(version[0]));
    }

    #[test]
    fn who_listens_is_known_without_a_look_at_the_tables() {
        let registry = Registry::default();
        assert!(!registry.has_listeners());
        let numbers = install(
            &registry,
            "s",
            vec![keys("b"), trigger("t"), keys("a")],
            None,
        );
        assert!(registry.has_listeners());
        let listeners = registry.listeners();
        let listening: Vec<_> = listeners.iter().map(|one| one.id).collect();
        assert_eq!(listening, [numbers[0], numbers[2]]);
        registry.remove(numbers[0]);
        registry.remove(numbers[2]);
        assert!(!registry.has_listeners());
        assert_eq!(registry.of_session("s"), Some(vec![numbers[1]]));
    }

    #[test]
    fn one_that_is_broken_listens_to_nothing_and_one_that_waits_does() {
        let registry = Registry::default();
        for (trouble, listens) in [
            (Trouble::Broken("wrong".to_owned()), false),
            (Trouble::Missing("not there yet".to_owned()), true),
        ] {
            let mut draft = draft(&registry, keys("k"));
            draft.trouble = Some(trouble);
            let session = Arc::new(session("s"));
            let registration = Arc::new(draft.into_registration(&session));
            registry.put(&[Arc::clone(&registration)], None);
            assert_eq!(registry.has_listeners(), listens);
            assert!(registration.check_usable().is_err());
            registry.clear();
        }
    }

    #[test]
    fn hooks_stand_in_for_each_other_latest_first() {
        let registry = Registry::default();
        let kinds = vec![hook("Set", None), hook("SET", Some("a")), hook("get", None)];
        let numbers = install(&registry, "s", kinds, None);
        let table = registry.hooks();
        let chain = |words: &[&[u8]]| -> Vec<Id> {
            let hooked = table.find(words[0]).unwrap();
            hooked.chain(&words).iter().map(|one| one.id).collect()
        };
        assert_eq!(chain(&[b"set", b"abc", b"1"]), [numbers[1], numbers[0]]);
        assert_eq!(chain(&[b"SeT", b"b", b"1"]), [numbers[0]]);
        assert!(table.find(b"del").is_none());
        assert!(table.find(&[b'x'; 100]).is_none());
        let whole = Hook::stored(
            CommandName::stored("set", CommandInfo::of_numbers(ONE_KEY)),
            None,
        );
        assert!(registry.has_waiting_hook(&whole, None));
        assert!(!registry.has_waiting_hook(&whole, Some("s")));
        for number in numbers {
            registry.remove(number);
        }
        assert!(registry.hooks().find(b"set").is_none());
        // The table that a command found stays whole while it is used.
        assert_eq!(chain(&[b"set", b"b", b"1"]).len(), 1);
    }

    #[test]
    fn counters_begin_anew_but_for_what_is_under_way() {
        let registry = Registry::default();
        install(&registry, "s", vec![trigger("a")], None);
        let registration = registry.by_trigger(b"a").unwrap();
        registration.note_triggered();
        registration.note_triggered();
        let took = std::time::Duration::from_millis(3);
        registration.note_ended(&gears_model::End::Failed("wrong"), took);
        assert_eq!(
            registration.statistics().last_error.as_deref(),
            Some("wrong")
        );
        registration.clear_statistics();
        let statistics = registration.statistics();
        assert_eq!((statistics.triggered, statistics.failed), (1, 0));
        registration.note_ended(&gears_model::End::Succeeded, took);
        assert_eq!(registration.statistics().succeeded, 1);
    }
}
