//! Sessions that other shards have changed, taken over.

use std::sync::Arc;

use gears_model::message::Change;
use gears_model::{Id, Version};
use gears_server::{Context, LogLevel, log};

use crate::persist::record::{self, Record};
use crate::persist::{self, store};
use crate::registration::{Registration, registry};
use crate::{cluster, life};

/// Takes changes over, as far as they are later than what is here; what waits for the
/// registrations `aborted` ends.
pub(super) fn apply(context: &Context, changes: Vec<Change>, aborted: &[Id]) {
    for id in aborted {
        if let Some(registration) = registry().by_id(*id) {
            registration.abort_pending();
        }
    }
    for change in changes {
        let known = store().with(context, |records| records.ledger().mark(&change.session));
        if known.is_some_and(|known| known.version >= change.mark.version) {
            continue;
        }
        match &change.record {
            None => take_out_session(context, &change.session),
            Some(record) => take_over(context, &change, record),
        }
        persist::note_marks(context, [(change.session.as_str(), change.mark)]);
    }
}

/// Describes sessions as they are here, to be told to others.
pub(super) fn describe<'a>(
    context: &Context,
    sessions: impl IntoIterator<Item = &'a str>,
) -> Vec<Change> {
    store().with(context, |records| {
        let described = sessions.into_iter().filter_map(|session| {
            let (mark, record) = (records.ledger().mark(session)?, records.of_session(session));
            // All that it had was lost to later ones.
            (mark.is_there == record.is_some()).then(|| Change {
                session: session.to_owned(),
                mark,
                record,
            })
        });
        described.collect()
    })
}

fn take_over(context: &Context, change: &Change, bytes: &[u8]) {
    let Ok(record) = record::decode(bytes) else {
        // Kept as it is, which the log tells.
        persist::replicate(context, bytes, Some(&change.session));
        life::receive(context, bytes, Some(&change.session));
        return;
    };
    let ids = || record.entries.iter().map(|entry| entry.id);
    let here = registry().of_session(&change.session).unwrap_or_default();
    // What was taken out needs no new beginning of what stays.
    if !here.is_empty() && is_rest(&record, &here) {
        for id in here.iter().filter(|id| !ids().any(|stays| stays == **id)) {
            take_out(context, *id);
        }
        return;
    }
    let lost = settle_names(context, change.mark.version, &record);
    let bytes = if lost.is_empty() {
        bytes.into()
    } else {
        let stays = record
            .entries
            .iter()
            .filter(|entry| !lost.contains(&entry.id));
        record::encode(&record.session, stays.map(|entry| &entry.stored))
    };
    if lost.len() == record.entries.len() {
        take_out_session(context, &change.session);
        return;
    }
    let replaced = (!here.is_empty()).then_some(change.session.as_str());
    persist::replicate(context, &bytes, replaced);
    life::receive(context, &bytes, replaced);
}

/// Says whether all that a record has is here already, as it is there.
fn is_rest(record: &Record, here: &[Id]) -> bool {
    record.entries.iter().all(|entry| {
        here.contains(&entry.id)
            && registry()
                .by_id(entry.id)
                .is_some_and(|registration| registration.stored == entry.stored)
    })
}

/// Decides who gets names that two sessions have, as after a partition: the later one. Takes out
/// what loses here, and returns what loses of the record.
fn settle_names(context: &Context, version: Version, record: &Record) -> Vec<Id> {
    let mut lost = Vec::new();
    for entry in &record.entries {
        let others = registry().in_the_way(&entry.kind, Some(&record.session.id));
        let is_later = |other: &Arc<Registration>| {
            let marked = store().with(context, |records| records.ledger().mark(&other.session.id));
            let others = (marked.map(|mark| mark.version), &other.session.id);
            others >= (Some(version), &record.session.id)
        };
        if others.iter().any(is_later) {
            lost.push(entry.id);
            continue;
        }
        for other in others {
            tell_lost(&other, &record.session.id);
            take_out(context, other.id);
        }
    }
    lost
}

fn tell_lost(loser: &Registration, winner: &str) {
    log(
        LogLevel::Warning,
        &format!(
            "the trigger {} was registered on two sides of the cluster: the session {winner}, \
             which is the later one, keeps it, and the session {} loses it",
            loser.name(),
            loser.session.id
        ),
    );
}

fn take_out_session(context: &Context, session: &str) {
    for id in registry().of_session(session).unwrap_or_default() {
        take_out(context, id);
    }
    store().with(context, |records| records.set(session, None));
}

fn take_out(context: &Context, id: Id) {
    let Some(removed) = registry().remove(id) else {
        return;
    };
    life::end(&removed, "cluster");
    persist::taken_out(context, &removed, removed.is_aborted());
}

/// Returns the sessions that others may not have: all, on a node of a cluster.
pub(super) fn digest(context: &Context) -> Option<u64> {
    if cluster::is_alone() {
        return None;
    }
    Some(store().with(context, |records| records.ledger().digest()))
}
