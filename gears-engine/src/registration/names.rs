//! The names of triggers, and who answers to them.

use std::collections::HashMap;
use std::sync::Arc;

use gears_model::{Edition, Kind};

use super::Registration;
use crate::ground::quick_hash::QuickMap;

/// Who answers to which name. Of several versions each answers to a name of its own, and the
/// newest to the plain one.
#[derive(Default)]
pub(super) struct Names {
    /// All that a call may name, so that it is found by one look.
    by_name: QuickMap<Vec<u8>, Arc<Registration>>,
    /// The versions of triggers that have several, the newest last.
    versions: HashMap<Vec<u8>, Vec<Arc<Registration>>>,
}

impl Names {
    /// Finds who answers to a name.
    pub(super) fn find(&self, name: &[u8]) -> Option<&Arc<Registration>> {
        self.by_name.get(name)
    }

    /// Returns those that have names which `kind` needs for itself.
    pub(super) fn in_the_way(&self, kind: &Kind) -> Vec<Arc<Registration>> {
        let own = kind.own_name();
        let names = own.as_deref().into_iter().chain(kind.shared_name());
        let mut in_the_way: Vec<Arc<Registration>> = Vec::new();
        for there in names.flat_map(|name| self.holders(name)) {
            let is_known = in_the_way.iter().any(|other| other.id == there.id);
            if !is_known && there.kind.collides(kind) {
                in_the_way.push(Arc::clone(there));
            }
        }
        in_the_way
    }

    /// Returns since when the newest version of a trigger is so; 0 if there is none.
    pub(super) fn since(&self, trigger: &[u8]) -> u64 {
        let newest = self.versions.get(trigger).and_then(|all| all.last());
        let edition = newest.and_then(|newest| newest.kind.edition());
        edition.map_or(0, |edition| edition.since)
    }

    /// Walks over the versions of all triggers that have several.
    pub(super) fn versions(&self) -> impl Iterator<Item = &Arc<Registration>> {
        self.versions.values().flatten()
    }

    pub(super) fn insert(&mut self, registration: &Arc<Registration>) {
        if let Some(name) = registration.kind.own_name() {
            let name = name.into_owned();
            self.by_name.insert(name, Arc::clone(registration));
        }
        if let Some(trigger) = registration.kind.shared_name() {
            let versions = self.versions.entry(trigger.to_owned()).or_default();
            versions.push(Arc::clone(registration));
            versions.sort_by(
                |one, other| match (one.kind.edition(), other.kind.edition()) {
                    (Some(edition), Some(others)) => {
                        Edition::order((edition, one.id), (others, other.id))
                    }
                    _ => one.id.cmp(&other.id),
                },
            );
            self.point(trigger);
        }
    }

    pub(super) fn remove(&mut self, registration: &Registration) {
        if let Some(name) = registration.kind.own_name()
            && self
                .by_name
                .get(&*name)
                .is_some_and(|there| there.id == registration.id)
        {
            self.by_name.remove(&*name);
        }
        if let Some(trigger) = registration.kind.shared_name()
            && let Some(versions) = self.versions.get_mut(trigger)
        {
            versions.retain(|other| other.id != registration.id);
            if versions.is_empty() {
                self.versions.remove(trigger);
            }
            self.point(trigger);
        }
    }

    /// Notes of the versions of these triggers which one is the newest, when a change is whole.
    pub(super) fn settle<'a>(&self, triggers: impl IntoIterator<Item = &'a [u8]>) {
        for trigger in triggers {
            let mut newer = false;
            for version in self.versions.get(trigger).into_iter().flatten().rev() {
                if let Some(usage) = &version.usage {
                    usage.note_superseded(newer);
                }
                newer = true;
            }
        }
    }

    /// Has the newest version of a trigger answer to its plain name.
    fn point(&mut self, trigger: &[u8]) {
        match self.versions.get(trigger).and_then(|all| all.last()) {
            Some(newest) => {
                self.by_name.insert(trigger.to_owned(), Arc::clone(newest));
            }
            None => {
                self.by_name.remove(trigger);
            }
        }
    }

    fn holders(&self, name: &[u8]) -> impl Iterator<Item = &Arc<Registration>> {
        let versions = self.versions.get(name);
        let alone = versions.is_none().then(|| self.by_name.get(name)).flatten();
        versions.into_iter().flatten().chain(alone)
    }
}
