//! Registrations that come from elsewhere: from files, a master, and what was there
//! before.
//!
//! Loading has two steps: a record that comes is decoded and its registrations are there at
//! once, but cannot run; when all data are loaded, they are [revived](revive).

pub(crate) mod missing;
mod revive;

use std::sync::Arc;
use std::time::Instant;

use gears_model::{Kind, Trouble};
use gears_server::{Context, LogLevel, ServerEvents, log};

use crate::cluster;
use crate::execution::executions;
use crate::occasion::stream::read_existing_streams;
use crate::persist::{Records, Unreadable, forget_wheels, marks, record, store};
use crate::registration::{Registration, dropped, note_versions, registry};
use crate::requirement::Wheels;
use crate::session::Session;
use crate::thread::turn;

/// The records that are in the server's dump files.
pub(crate) struct Saved;

impl gears_server::Records for Saved {
    unsafe fn count() -> usize {
        // SAFETY: as the caller promises.
        unsafe { store().records() }.len()
    }

    unsafe fn each(save: impl FnMut(&[u8])) {
        // SAFETY: as the caller promises.
        unsafe { store().records() }.iter().for_each(save);
    }

    fn load(context: &Context, record: &[u8]) {
        take_over(context, record, None);
    }
}

/// Follows what happens to the server's data.
pub(crate) struct Follower;

impl ServerEvents for Follower {
    fn begin_loading(context: &Context) {
        turn::suspend();
        context.ensure_data_type();
        registry().clear();
        store().with(context, Records::put_aside);
    }

    fn end_loading(context: &Context) {
        store().with(context, Records::forget_what_was_before);
        revive_all(context);
    }

    fn loading_failed(context: &Context) {
        // Takes everything back.
        registry().clear();
        let before = store().with(context, Records::take_back);
        for record in before {
            take_over(context, &record, None);
        }
        revive_all(context);
    }

    fn became_master(_: &Context) {
        // Calls of versions were counted on another server until now.
        let now = Instant::now();
        for version in registry().versions() {
            version.note_called(now);
        }
        // Begins to read streams: until now, another server did.
        for registration in registry().listeners() {
            if let Kind::Stream(stream) = &registration.kind {
                stream.recover_all();
                read_existing_streams(&registration);
            }
        }
    }
}

/// Ends the life of a registration that was taken out, and forgets its ended executions; `cause`
/// is told in the log.
pub(crate) fn end(removed: &Registration, cause: &str) {
    removed.tell_unregistered(cause);
    removed.retire();
    dropped::note_kept(removed);
    for execution in removed.take_listed() {
        executions().forget(execution);
    }
}

/// Takes a record over that came from a master or the append-only file.
pub(crate) fn receive(context: &Context, record: &[u8], replaced: Option<&str>) {
    context.ensure_data_type();
    if let Some(session) = take_over(context, record, replaced)
        && !context.is_loading()
    {
        revive::revive(context, &session);
        note_versions(context);
    }
}

fn take_over(context: &Context, bytes: &[u8], replaced: Option<&str>) -> Option<Arc<Session>> {
    let decoded = match Wheels::decode(bytes) {
        Some(Ok(wheels)) => {
            store().with(context, |records| records.keep_wheels(wheels));
            return None;
        }
        Some(Err(damaged)) => Err(damaged),
        None => match marks::decode(bytes) {
            Some(Ok(ledger)) => {
                store().with(context, |records| records.note_marks(ledger.iter()));
                return None;
            }
            Some(Err(damaged)) => Err(damaged),
            None => record::decode(bytes),
        },
    };
    let record = match decoded {
        Ok(record) => record,
        Err(damaged) => {
            let kept = Unreadable::new(bytes, damaged);
            log(
                LogLevel::Warning,
                &format!(
                    "the registrations of the session {} cannot be loaded, they are kept as \
                     they are; register the script again: {}",
                    kept.session, kept.reason
                ),
            );
            registry().put(&[], replaced);
            store().with(context, |records| {
                if let Some(replaced) = replaced {
                    records.set(replaced, None);
                }
                records.keep_unreadable(kept);
            });
            return None;
        }
    };
    let session = Arc::new(record.session);
    let registrations: Vec<_> = record
        .entries
        .into_iter()
        .map(|entry| {
            let trouble = Trouble::Pending("the server is loading its data".to_owned());
            Arc::new(entry.into_draft(trouble).into_registration(&session))
        })
        .collect();
    registry().put(&registrations, replaced);
    store().with(context, |records| {
        if let Some(replaced) = replaced {
            records.set(replaced, None);
        }
        records.set(&session.id, Some(record::to_store(bytes)));
        if !cluster::is_alone() {
            records.note_found(&session.id);
        }
    });
    if replaced.is_some() {
        forget_wheels(context);
    }
    Some(session)
}

fn revive_all(context: &Context) {
    for (session, _) in registry().sessions() {
        revive::revive(context, &session);
    }
    note_versions(context);
}
