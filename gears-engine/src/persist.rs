//! Registrations outlive the process and reach replicas.
//!
//! Each session is a [record]: its script, the callbacks as cloudpickle made
//! them, and its registrations. Records are bytes that the server saves in its
//! dump files ([store]) and that replicas and the append-only file get by a
//! command of their own.

pub(crate) mod marks;
pub(crate) mod record;
pub(crate) mod store;

use std::collections::BTreeSet;
use std::sync::Arc;

use gears_model::Mark;
use gears_server::{Context, Refusal};

use crate::cluster;
use crate::config::config;
use crate::registration::{Registration, note_versions, registry};
use crate::requirement::{Wheels, normal};

pub(crate) use store::{Records, Unreadable, store};

const REGISTER: &std::ffi::CStr = c"rg.innerregister";
const UNREGISTER: &std::ffi::CStr = c"rg.innerunregister";

/// Stores and replicates a script's registrations, which were just installed.
pub(crate) fn installed(
    context: &Context,
    registered: &[Arc<Registration>],
    replaced: Option<&str>,
) {
    let Some(first) = registered.first() else {
        return;
    };
    context.ensure_data_type();
    let session = &first.session;
    let record = record::encode(session, registered.iter().map(|one| &one.stored));
    store().with(context, |records| {
        if let Some(replaced) = replaced {
            records.set(replaced, None);
        }
        records.set(&session.id, Some(Arc::clone(&record)));
    });
    forget_wheels(context);
    replicate(context, &record, replaced);
    note_changes(
        context,
        [Some(session.id.as_str()), replaced].into_iter().flatten(),
    );
    note_versions(context);
}

/// Tells replicas and the append-only file of a session.
pub(crate) fn replicate(context: &Context, record: &[u8], replaced: Option<&str>) {
    match replaced {
        Some(replaced) => context.replicate(REGISTER, &[record, replaced.as_bytes()]),
        None => context.replicate(REGISTER, &[record]),
    }
}

/// Gives sessions that were changed here versions that are later than all others; on a server
/// that is alone there are none.
fn note_changes<'a>(context: &Context, sessions: impl IntoIterator<Item = &'a str>) {
    if cluster::is_alone() {
        return;
    }
    let marks: Vec<_> = store().with(context, |records| {
        let version = records.ledger().next(cluster::shard_id());
        let changed: BTreeSet<_> = sessions.into_iter().collect();
        let mark = |session| Mark {
            version,
            is_there: records.of_session(session).is_some(),
        };
        changed
            .into_iter()
            .map(|session| (session, mark(session)))
            .collect()
    });
    note_marks(context, marks);
}

/// Notes versions of sessions, and tells replicas and the append-only file of them.
pub(crate) fn note_marks<'a>(
    context: &Context,
    marks: impl IntoIterator<Item = (&'a str, Mark)> + Clone,
) {
    store().with(context, |records| records.note_marks(marks.clone()));
    context.replicate(REGISTER, &[&marks::encode(marks.into_iter())]);
}

/// Stores and replicates the wheels of a session that is about to be installed.
///
/// # Errors
///
/// When wheels of one of its requirements are not there, although they have to.
pub(crate) fn store_wheels(
    context: &Context,
    requirements: &[String],
    wheels: Vec<Wheels>,
) -> Result<(), Refusal> {
    if !config().stores_wheels() {
        return Ok(());
    }
    let mut lacking = lacking_wheels(context, requirements);
    lacking.retain(|requirement| !wheels.iter().any(|wheels| wheels.are_of(requirement)));
    if !lacking.is_empty() {
        return Err(Refusal::whole(format!(
            "the wheels of {} are not there to be stored with the function (StoreWheels 1): run \
             the script again",
            lacking.join(", ")
        )));
    }
    for wheels in wheels {
        let record = Arc::clone(&wheels.record);
        store().with(context, |records| records.keep_wheels(wheels));
        context.replicate(REGISTER, &[&record]);
    }
    Ok(())
}

/// Returns those of these requirements whose wheels have to be stored and are
/// not.
pub(crate) fn lacking_wheels(context: &Context, requirements: &[String]) -> Vec<String> {
    if !config().stores_wheels() {
        return Vec::new();
    }
    store().with(context, |records| {
        let lacking = requirements
            .iter()
            .filter(|requirement| records.wheels_of(requirement).is_none());
        lacking.cloned().collect()
    })
}

/// Returns the stored wheels of requirements.
pub(crate) fn wheels_of(context: &Context, requirements: &[String]) -> Vec<Wheels> {
    store().with(context, |records| {
        let all = requirements.iter();
        all.filter_map(|requirement| records.wheels_of(requirement))
            .collect()
    })
}

/// Forgets wheels that no session needs any more.
pub(crate) fn forget_wheels(context: &Context) {
    let needed = registry()
        .sessions()
        .iter()
        .flat_map(|(session, _)| &session.requirements)
        .map(|requirement| normal(requirement))
        .collect();
    store().with(context, |records| records.keep_only_wheels_of(&needed));
}

/// Stores and replicates that a registration was taken out here.
pub(crate) fn removed(context: &Context, registration: &Registration, abort: bool) {
    taken_out(context, registration, abort);
    note_changes(context, [registration.session.id.as_str()]);
}

/// Stores and replicates that a registration is gone.
pub(crate) fn taken_out(context: &Context, registration: &Registration, abort: bool) {
    forget(context, registration);
    let id = registration.id.to_string();
    if abort {
        context.replicate(UNREGISTER, &[id.as_bytes(), b"ABORTPENDING"]);
    } else {
        context.replicate(UNREGISTER, &[id.as_bytes()]);
    }
}

/// Stores that a registration was taken out.
pub(crate) fn forget(context: &Context, removed: &Registration) {
    let session = &removed.session;
    let left: Vec<_> = registry()
        .of_session(&session.id)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|id| registry().by_id(id))
        .collect();
    let record =
        (!left.is_empty()).then(|| record::encode(session, left.iter().map(|one| &one.stored)));
    store().with(context, |records| records.set(&session.id, record));
    forget_wheels(context);
}
