//! The functions of stored registrations, made again: from their pickle, else from their script.

use std::collections::HashMap;
use std::sync::Arc;

use gears_model::Id;
use gears_model::plan::decode;
use gears_model::wire::Damaged;
use gears_server::{LogLevel, WritesRefused, log};
use pyo3::prelude::*;

use super::body::Collected;
use super::{pickle, run};
use crate::config::config;
use crate::lock::gil;
use crate::persist::record::{Entry, Made};
use crate::plan::Function;
use crate::python::interpreter::minor_version;
use crate::python::{failure, template};
use crate::registration::Draft;
use crate::session::{Session, current, user};
use crate::watchdog::Watched;

/// By the id of a registration, what runs for it, or why nothing does.
pub(crate) type ById = HashMap<Id, Result<Made, String>>;

/// Makes what runs for the registrations of a session, which are stored like this.
///
/// Who calls it has the Redis lock, and knows that [Python can be had](crate::lock::gil::wait).
///
/// # Errors
///
/// Why nothing of the session can run.
pub(crate) fn make_again(session: &Arc<Session>, entries: &[Entry]) -> Result<ById, String> {
    gil::attach_now(|py| {
        // Not at the script's expense: it may be the first one.
        template::shared(py).map_err(|error| failure::text(py, &error))?;
        let _user = user::run_as(session.user.clone());
        let _watched = Watched::begin(py, config().sync_deadline());
        let _refused = WritesRefused::begin();
        from_pickle(py, session, entries).or_else(|no_pickle| {
            from_source(py, session, entries)
                .map_err(|no_source| format!("{no_source} ({no_pickle})"))
        })
    })
}

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
    let drafts = run_again(py, &session.script.source, ids, session)
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
    if !draft.kind.comes_again(&entry.kind, &entry.stored_kind) || draft.mode != entry.mode {
        let now = match draft.kind.own_name() {
            Some(name) => format!("the trigger {}", String::from_utf8_lossy(&name)),
            None => format!("a {}", draft.kind.reader()),
        };
        return Err(format!("its script registers something else now: {now}"));
    }
    Ok(Made {
        function: Arc::clone(&draft.function),
        on_registered: draft.on_registered,
    })
}

/// Runs a script's body once more, to make its stored registrations again;
/// nothing else that it asks for happens.
///
/// # Errors
///
/// The exception that ended the body.
fn run_again(
    py: Python<'_>,
    source: &[u8],
    ids: HashMap<usize, Id>,
    session: &Arc<Session>,
) -> PyResult<Vec<Draft>> {
    let _session = current::enter(Some(Arc::clone(session)));
    let collected = Collected {
        ids: Some(ids),
        ..Collected::default()
    };
    run(py, source, collected).map(|collected| collected.drafts)
}
