//! Registrations outlive the process and reach replicas.
//!
//! Each session is a [record]: its script, the callbacks as cloudpickle made
//! them, and its registrations. Records are bytes that the server saves in its
//! dump files ([store]) and that replicas and the append-only file get by a
//! command of their own. Loading has two steps: a record that comes is decoded
//! and its registrations are there at once, but cannot run; when all data are
//! loaded, they are [revived](revive).

mod checksum;
mod kind;
pub(crate) mod missing;
mod pickle;
mod plan;
mod record;
mod revive;
mod store;
mod wheels;
mod wire;

use std::sync::Arc;

use gears_model::{Kind, Script, Trouble};
use gears_server::{Context, LogLevel, ServerEvents, log};
use pyo3::prelude::*;

use crate::config::config;
use crate::plan::Plan;
use crate::python::inside::Inside;
use crate::python::requirement::normal;
use crate::python::{failure, session};
use crate::registration::{Draft, Registration, registry};
use crate::watchdog::Watched;
use crate::{execution, gil, user};

pub(crate) use checksum::{seal, unseal};
pub(crate) use pickle::check;
pub(crate) use store::{Unreadable, store};
pub(crate) use wheels::Wheels;

const REGISTER: &std::ffi::CStr = c"rg.innerregister";
const UNREGISTER: &std::ffi::CStr = c"rg.innerunregister";

/// Notes on drafts what will be stored of them; returns what they share.
///
/// # Errors
///
/// When the watchdog ends the code that pickling runs.
pub(crate) fn note(py: Python<'_>, source: &[u8], drafts: &mut [Draft]) -> PyResult<Script> {
    let mut callbacks = plan::Callbacks(Vec::new());
    for (place, draft) in drafts.iter_mut().enumerate() {
        let steps: &Plan = &draft.plan;
        let steps = plan::encode(py, steps, &mut callbacks);
        let on_registered = draft
            .on_registered
            .as_ref()
            .map(|function| callbacks.add(py, function));
        draft.stored = record::encode_entry(draft, place, &steps, on_registered);
    }
    let pickle = match pickle::dumps(py, &callbacks) {
        Ok(pickle) => pickle,
        Err(error) if failure::is_force_stopped(py, &error) => return Err(error),
        Err(error) => {
            // What came after `register` spoilt it: the source has to do.
            log(
                LogLevel::Notice,
                &format!(
                    "the callbacks of a script cannot be pickled together, it will run again \
                     after a restart: {}",
                    failure::text(py, &error)
                ),
            );
            None
        }
    };
    Ok(Script {
        source: source.to_vec(),
        python: revive::python_version().to_owned(),
        pickle,
    })
}

/// Stores and replicates a script's registrations, which were just installed,
/// and calls what they gave as `onRegistered`.
pub(crate) fn installed(
    context: &Context,
    registered: &[Arc<Registration>],
    replaced: Option<&str>,
) {
    let Some(first) = registered.first() else {
        return;
    };
    context.ensure_data_type::<Saved>();
    let session = &first.session;
    let record = record::encode(session, registered);
    store().with(context, |records| {
        if let Some(replaced) = replaced {
            records.set(replaced, None);
        }
        records.set(&session.id, Some(Arc::clone(&record)));
    });
    forget_wheels(context);
    match replaced {
        Some(replaced) => context.replicate(REGISTER, &[&record, replaced.as_bytes()]),
        None => context.replicate(REGISTER, &[&record]),
    }
    call_on_registered(registered);
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
) -> Result<(), String> {
    if !config().stores_wheels() {
        return Ok(());
    }
    let mut lacking = lacking_wheels(context, requirements);
    lacking.retain(|requirement| !wheels.iter().any(|wheels| wheels.are_of(requirement)));
    if !lacking.is_empty() {
        return Err(format!(
            "the wheels of {} are not there to be stored with the function (StoreWheels 1): run \
             the script again",
            lacking.join(", ")
        ));
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
fn wheels_of(context: &Context, requirements: &[String]) -> Vec<Wheels> {
    store().with(context, |records| {
        let all = requirements.iter();
        all.filter_map(|requirement| records.wheels_of(requirement))
            .collect()
    })
}

/// Forgets wheels that no session needs any more.
fn forget_wheels(context: &Context) {
    let needed = registry()
        .sessions()
        .iter()
        .flat_map(|(session, _)| &session.requirements)
        .map(|requirement| normal(requirement))
        .collect();
    store().with(context, |records| records.keep_only_wheels_of(&needed));
}

/// Stores and replicates that a registration was taken out.
pub(crate) fn removed(context: &Context, registration: &Registration, abort: bool) {
    forget(context, registration);
    let id = registration.id();
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
        .filter_map(|number| registry().by_number(number))
        .collect();
    let record = (!left.is_empty()).then(|| record::encode(session, &left));
    store().with(context, |records| records.set(&session.id, record));
    forget_wheels(context);
}

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
        context.ensure_data_type::<Saved>();
        registry().clear();
        store().with(context, store::Records::put_aside);
    }

    fn end_loading(context: &Context) {
        store().with(context, store::Records::forget_what_was_before);
        revive_all(context);
    }

    fn loading_failed(context: &Context) {
        // Takes everything back.
        registry().clear();
        let before = store().with(context, store::Records::take_back);
        for record in before {
            take_over(context, &record, None);
        }
        revive_all(context);
    }

    fn became_master(_: &Context) {
        // Begins to read streams: until now, another server did.
        for registration in registry().listeners() {
            if let Kind::Stream(stream) = &registration.kind {
                stream.recover_all();
                execution::read_existing_streams(&registration);
            }
        }
    }
}

/// Takes a record over that came from a master or the append-only file.
pub(crate) fn receive(context: &Context, record: &[u8], replaced: Option<&str>) {
    context.ensure_data_type::<Saved>();
    if let Some(session) = take_over(context, record, replaced)
        && !context.is_loading()
    {
        revive::revive(context, &session);
    }
}

fn take_over(
    context: &Context,
    bytes: &[u8],
    replaced: Option<&str>,
) -> Option<Arc<crate::session::Session>> {
    let decoded = match Wheels::decode(bytes) {
        Some(Ok(wheels)) => {
            store().with(context, |records| records.keep_wheels(wheels));
            return None;
        }
        Some(Err(damaged)) => Err(damaged),
        None => record::decode(bytes),
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
}

/// Calls what scripts gave as `onRegistered`; failures are only logged.
fn call_on_registered(registered: &[Arc<Registration>]) {
    if registered
        .iter()
        .all(|registration| registration.on_registered.is_none())
    {
        return;
    }
    let called = gil::attach(|py| {
        for registration in registered {
            let Some(function) = &registration.on_registered else {
                continue;
            };
            let _session = session::enter(Some(Arc::clone(&registration.session)));
            let _inside = Inside::Other.enter();
            let _user = user::run_as(registration.session.user.clone());
            let _watched = Watched::begin(py, config().sync_deadline());
            if let Err(error) = function.bind(py).call0() {
                let what = format!("onRegistered of {} failed", registration.id());
                failure::log(py, &what, &error);
            }
        }
    });
    if let Err(error) = called {
        log(
            LogLevel::Warning,
            &format!("onRegistered was not called: {error}"),
        );
    }
}
