//! Makes loaded registrations run: from their pickle, else from their script.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use gears_model::plan::decode;
use gears_model::wire::Damaged;
use gears_model::{Id, Kind, Trouble};
use gears_server::{Context, LogLevel, WritesRefused, log};
use pyo3::prelude::*;

use super::missing;
use crate::config::config;
use crate::lock::gil;
use crate::occasion::event;
use crate::occasion::stream::read_existing_streams;
use crate::persist::record::{self, Entry, Made};
use crate::persist::{call_on_registered, pickle, store};
use crate::plan::Function;
use crate::python::interpreter::minor_version;
use crate::python::{failure, template};
use crate::registration::{Draft, Registration, dropped, registry};
use crate::requirement::requirements;
use crate::script;
use crate::session::{Session, user};
use crate::watchdog::Watched;

/// Makes a session's registrations run, or says in them why they do not.
///
/// Requirements that are missing are looked for first, on a thread of their own.
pub(super) fn revive(context: &Context, session: &Arc<Session>) {
    if let Err(refusal) = gil::wait() {
        wait_for_python(context, session, &refusal.to_string());
        return;
    }
    let requirements = requirements();
    // What is on disk is used at once: nothing happens before it runs.
    if session.requirements.is_empty() || requirements.use_present(session) == Ok(true) {
        make_run(context, session);
        return;
    }
    let waiting = replace_all(context, session, |entry| {
        let reason = "the requirements of its script are being installed";
        entry.into_draft(Trouble::Missing(reason.to_owned()))
    });
    note_loaded(&waiting);
    if let Err(reason) = missing::look_for(session) {
        break_all(context, session, &reason);
    }
}

/// How soon Python is asked for again that could not be had.
const HELD_LOOK: Duration = Duration::from_secs(1);

/// Has a session's registrations keep their events until there is Python again.
fn wait_for_python(context: &Context, session: &Arc<Session>, error: &str) {
    log(
        LogLevel::Warning,
        &format!(
            "the functions of the session {} wait until Python can be had: {error}",
            session.id
        ),
    );
    replace_all(context, session, |entry| {
        entry.into_draft(Trouble::Missing(error.to_owned()))
    });
    let session = Arc::clone(session);
    context.after(HELD_LOOK, move |context| {
        if missing::is_there(&session) {
            revive(context, &session);
        }
    });
}

/// Says in a session's registrations why their packages are not there yet.
pub(super) fn tell_missing(context: &Context, session: &Arc<Session>, reason: &str) {
    log(
        LogLevel::Warning,
        &format!(
            "the functions of the session {} wait for their packages, which are looked for again \
             until they are there: {reason}",
            session.id
        ),
    );
    replace_all(context, session, |entry| {
        entry.into_draft(Trouble::Missing(format!(
            "its packages are missing, and looked for again: {reason}"
        )))
    });
}

fn break_all(context: &Context, session: &Arc<Session>, reason: &str) {
    log(
        LogLevel::Warning,
        &format!(
            "the functions of the session {} do not run: {reason}",
            session.id
        ),
    );
    let broken = replace_all(context, session, |entry| {
        entry.into_draft(Trouble::Broken(reason.to_owned()))
    });
    note_loaded(&broken);
}

fn note_loaded(registrations: &[Arc<Registration>]) {
    for registration in registrations {
        registration.tell_loaded();
    }
}

pub(super) fn make_run(context: &Context, session: &Arc<Session>) {
    if let Err(refusal) = gil::wait() {
        wait_for_python(context, session, &refusal.to_string());
        return;
    }
    let mut made = HashMap::new();
    let reason = Python::attach(|py| {
        // Not at the script's expense: it may be the first one.
        if let Err(error) = template::shared(py) {
            return Some(failure::text(py, &error));
        }
        let _user = user::run_as(session.user.clone());
        let _watched = Watched::begin(py, config().sync_deadline());
        let _refused = WritesRefused::begin();
        let entries = entries(context, session);
        match from_pickle(py, session, &entries) {
            Ok(drafts) => made = drafts,
            Err(no_pickle) => match from_source(py, session, &entries) {
                Ok(drafts) => made = drafts,
                Err(no_source) => return Some(format!("{no_source} ({no_pickle})")),
            },
        }
        None
    });
    if let Some(reason) = reason {
        break_all(context, session, &reason);
        return;
    }
    let registrations = replace_all(context, session, |entry| match made.remove(&entry.id) {
        Some(Ok(made)) => entry.into_running(made),
        Some(Err(reason)) => {
            log(
                LogLevel::Warning,
                &format!("the function of a registration does not run: {reason}"),
            );
            entry.into_draft(Trouble::Broken(reason))
        }
        None => entry.into_draft(Trouble::Broken("it is not stored".to_owned())),
    });
    note_loaded(&registrations);
    let running: Vec<_> = registrations
        .into_iter()
        .filter(|registration| registration.trouble.is_none())
        .collect();
    call_on_registered(&running);
    for registration in &running {
        event::catch_up(registration);
    }
    if !context.is_replica() {
        for registration in &running {
            read_existing_streams(registration);
        }
    }
}

/// Puts other registrations in place of those of a session, one for one.
fn replace_all(
    context: &Context,
    session: &Arc<Session>,
    mut make: impl FnMut(Entry) -> Draft,
) -> Vec<Arc<Registration>> {
    let registry = registry();
    let registrations: Vec<_> = entries(context, session)
        .into_iter()
        .map(|entry| {
            let mut registration = make(entry).into_registration(session);
            if let Some(earlier) = registry.by_id(registration.id) {
                registration.inherit(&earlier);
            }
            if matches!(registration.trouble, Some(Trouble::Broken(_))) {
                dropped::note_kept(&registration);
            }
            Arc::new(registration)
        })
        .collect();
    registry.put(&registrations, None);
    registrations
}

/// Reads what is stored of a session's registrations.
fn entries(context: &Context, session: &Session) -> Vec<Entry> {
    store()
        .with(context, |records| records.of_session(&session.id))
        .and_then(|record| record::decode(&record).ok())
        .map(|record| record.entries)
        .unwrap_or_default()
}

/// By the id of a registration, what runs for it, or why nothing does.
type ById = HashMap<Id, Result<Made, String>>;

fn from_pickle(py: Python<'_>, session: &Session, entries: &[Entry]) -> Result<ById, String> {
    let script = &session.script;
    let Some(pickled) = &script.pickle else {
        return Err("there is no pickle".to_owned());
    };
    if script.python != minor_version() {
        return Err(format!(
            "the pickle is of Python {}, this is Python {}",
            script.python,
            minor_version()
        ));
    }
    let callbacks = pickle::loads(py, pickled).map_err(|error| {
        let error = failure::text(py, &error);
        log(
            LogLevel::Notice,
            &format!("the callbacks of the session {} cannot be unpickled, its script runs again: {error}", session.id),
        );
        format!("the pickle cannot be read: {error}")
    })?;
    let callbacks = Arc::new(callbacks);
    entries
        .iter()
        .map(|entry| {
            let function = Function::stored(decode(&entry.plan)?, &callbacks)?;
            let on_registered = entry.on_registered;
            if on_registered.is_some_and(|id| !callbacks.has(id)) {
                return Err(Damaged::new("a callback is missing"));
            }
            let made = Made {
                function: Arc::new(function),
                on_registered,
            };
            Ok((entry.id, Ok(made)))
        })
        .collect::<Result<_, Damaged>>()
        .map_err(|damaged| damaged.0)
}

fn from_source(py: Python<'_>, session: &Arc<Session>, entries: &[Entry]) -> Result<ById, String> {
    let ids = entries
        .iter()
        .map(|entry| (entry.place, entry.id))
        .collect();
    let drafts = script::run_again(py, &session.script.source, ids, session)
        .map_err(|error| format!("its script fails now: {}", failure::text(py, &error)))?;
    Ok(entries
        .iter()
        .map(|entry| (entry.id, counterpart(entry, &drafts)))
        .collect())
}

/// Finds what the script registers now where it registered this entry before.
fn counterpart(entry: &Entry, drafts: &[Draft]) -> Result<Made, String> {
    let Some(draft) = drafts.get(entry.place) else {
        return Err("its script does not register it any more".to_owned());
    };
    if draft.kind.encode() != entry.stored_kind || draft.mode != entry.mode {
        let now = match &draft.kind {
            Kind::Trigger { name, .. } => {
                format!("the trigger {}", String::from_utf8_lossy(name))
            }
            other => format!("a {}", other.reader()),
        };
        return Err(format!("its script registers something else now: {now}"));
    }
    Ok(Made {
        function: Arc::clone(&draft.function),
        on_registered: draft.on_registered,
    })
}
