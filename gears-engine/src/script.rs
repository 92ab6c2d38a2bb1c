//! Runs a script's body and notes what it asks for.

mod again;
mod atomic;
pub(crate) mod body;
mod builder;
mod builtins;
mod call_next;
mod described;
mod execute;
pub(crate) mod namespace;
mod on_registered;
mod passed;
pub(crate) mod pickle;
mod register;
mod run;
mod stored;
mod timer;

use std::ffi::CString;
use std::sync::Arc;

use gears_server::{Refusal, text};
use pyo3::prelude::*;
use pyo3::types::code::PyCodeInput;
use pyo3::types::{PyCode, PyCodeMethods};

use crate::code::owner::random_id;
use crate::config::config;
use crate::cpython::descriptor;
use crate::lock::gil;
use crate::python::inside::Inside;
use crate::python::{failure, template};
use crate::session::{Session, current};
use crate::watchdog::Watched;
use body::Collected;

pub(crate) use again::make_again;
pub(crate) use on_registered::call_on_registered;

/// Runs the body of a script that a client sent, which the server waits for.
///
/// Brings the session that it is the script of, too: `session` makes it of the id
/// that the client gave, or of a new one.
///
/// # Errors
///
/// What ended the body, or that Python cannot be had.
pub(crate) fn run_sent(
    source: &[u8],
    replaced: Option<String>,
    id: Option<String>,
    session: impl FnOnce(String) -> Session,
) -> Result<(Collected, Arc<Session>), Refusal> {
    gil::attach(|py| {
        let id = match id {
            Some(id) => id,
            None => random_id(py).map_err(|error| failure::refusal(py, &error))?,
        };
        let session = Arc::new(session(id));
        // Made for the first script, and not at that one's expense: half of it
        // would not do for the next.
        template::shared(py).map_err(|error| failure::refusal(py, &error))?;
        // The body has the server to itself, as a sync function has.
        let _watched = Watched::begin(py, config().sync_deadline());
        run_body(py, source, replaced, &session)
            .map(|collected| (collected, session))
            .map_err(|error| failure::refusal(py, &error))
    })?
}

/// Runs a script's body.
///
/// Registrations take effect only after the body has succeeded, so a script
/// registers everything or nothing (spec section 5.2).
///
/// # Errors
///
/// The exception that ended the body.
fn run_body(
    py: Python<'_>,
    source: &[u8],
    replaced: Option<String>,
    session: &Arc<Session>,
) -> PyResult<Collected> {
    let _session = current::enter(Some(Arc::clone(session)));
    let mut collected = run(
        py,
        source,
        Collected {
            replaced,
            ..Collected::default()
        },
    )?;
    if !collected.drafts.is_empty() {
        // Under the body's deadline: pickling may run code of the script.
        collected.script = Arc::new(stored::note(py, source, &mut collected.drafts)?);
    }
    Ok(collected)
}

fn run(py: Python<'_>, source: &[u8], collected: Collected) -> PyResult<Collected> {
    descriptor::note_open();
    let source = CString::new(text::until_nul(source)).unwrap_or_default();
    let code = PyCode::compile(py, &source, c"<string>", PyCodeInput::File)?;
    let globals = template::globals(py)?;
    let _inside = Inside::Other.enter();
    let (ran, collected) = body::within(collected, || code.run(Some(&globals), None));
    ran.map(|_| collected)
}
