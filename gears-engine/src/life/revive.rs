//! Makes loaded registrations run: from their pickle, else from their script.

use std::sync::Arc;
use std::time::Duration;

use gears_model::Trouble;
use gears_server::{Context, LogLevel, log};

use super::missing;
use crate::lock::gil;
use crate::occasion::event;
use crate::occasion::stream::read_existing_streams;
use crate::persist::record::{self, Entry};
use crate::persist::store;
use crate::registration::{Draft, Registration, dropped, registry};
use crate::requirement::requirements;
use crate::script::{self, call_on_registered};
use crate::session::Session;

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
    let mut made = match script::make_again(session, &entries(context, session)) {
        Ok(made) => made,
        Err(reason) => {
            break_all(context, session, &reason);
            return;
        }
    };
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
