//! Runs a script's body and notes what it asks for.

use std::cell::RefCell;
use std::ffi::CString;
use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::code::PyCodeInput;
use pyo3::types::{PyCode, PyCodeMethods, PyDict, PyList};

use super::asynchronous::Inside;
use super::builder::GearsBuilder;
use super::option::{execution_mode, timeout};
use super::{failure, namespace, session};
use crate::execution::{self, Waits};
use crate::plan::Plan;
use crate::reader::BatchReader;
use crate::registration::{Draft, Kind, Mode, Registration};
use crate::session::Session;
use crate::watchdog::Watched;
use crate::{engine, lock, text};

/// A function to run once over what its reader finds.
pub(crate) struct Run {
    pub(crate) reader: BatchReader,
    pub(crate) plan: Arc<Plan>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) session: Arc<Session>,
    /// What `run` returned: a future of the event loop.
    pub(crate) future: Py<PyAny>,
}

/// What a script's body asked for; nothing of it has happened yet.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) run: Option<Run>,
    pub(crate) drafts: Vec<Draft>,
    /// The session whose triggers may be taken again.
    pub(super) replaced: Option<String>,
}

thread_local! {
    /// The body that runs on this thread.
    static CURRENT: RefCell<Option<Collected>> = const { RefCell::new(None) };
}

/// Runs a script's body.
///
/// Registrations take effect only after the body has succeeded, so a script
/// registers everything or nothing (spec section 5.2).
///
/// # Errors
///
/// The exception that ended the body.
pub(crate) fn run_body(
    py: Python<'_>,
    source: &[u8],
    replaced: Option<String>,
    session: &Arc<Session>,
) -> PyResult<Collected> {
    let _session = session::enter(Some(Arc::clone(session)));
    let source = CString::new(text::until_nul(source)).unwrap_or_default();
    let code = PyCode::compile(py, &source, c"<string>", PyCodeInput::File)?;
    let globals = namespace::globals(py)?;
    let _inside = Inside::Other.enter();
    let before = CURRENT.replace(Some(Collected {
        replaced,
        ..Collected::default()
    }));
    let ran = code.run(Some(&globals), None);
    let collected = CURRENT.replace(before).unwrap_or_default();
    ran.map(|_| collected)
}

/// Makes a session id for a script that brought none: forty random digits.
pub(crate) fn random_session_id(py: Python<'_>) -> PyResult<String> {
    py.import("secrets")?
        .call_method1("token_hex", (20,))?
        .extract()
}

/// Notes what is asked for in a script's body; anywhere else there is nothing
/// to note it in, and what was asked for comes back.
fn in_body<T, R>(asked: T, note: impl FnOnce(&mut Collected, T) -> R) -> Result<R, T> {
    CURRENT.with_borrow_mut(|current| match current {
        Some(collected) => Ok(note(collected, asked)),
        None => Err(asked),
    })
}

/// Returns whose code runs here.
///
/// # Errors
///
/// On threads that Python code made and that took no session.
pub(super) fn session_here() -> PyResult<Arc<Session>> {
    session::current()
        .ok_or_else(|| failure::misuse("Can not create a gearsCtx on a python created thread"))
}

/// Notes a registration, or installs it at once when a callback asks for it.
pub(super) fn note_draft(py: Python<'_>, draft: Draft) -> PyResult<()> {
    let session = session_here()?;
    let trigger = match &draft.kind {
        Kind::Trigger { name, .. } => Some(name.clone()),
        _ => None,
    };
    let there = trigger
        .as_ref()
        .and_then(|name| engine::get().registry.by_trigger(name));
    let noted = in_body(draft, |collected, draft| {
        let taken = |other: &Draft| matches!(&other.kind, Kind::Trigger { name, .. } if Some(name) == trigger.as_ref());
        if collected.drafts.iter().any(taken) {
            return Err(failure::misuse(
                "trigger already registered in this session",
            ));
        }
        if let Some(there) = &there
            && collected.replaced.as_ref() != Some(&there.session.id)
        {
            return Err(failure::misuse("trigger already registered"));
        }
        collected.drafts.push(draft);
        Ok(())
    });
    match noted {
        Ok(noted) => noted,
        Err(_) if there.is_some() => Err(failure::misuse("trigger already registered")),
        Err(draft) => {
            let installed = lock::with_redis(py, |_| {
                let session = Session::clone(&session);
                engine::get().registry.install(session, vec![draft], None)
            });
            installed_now(py, &installed);
            Ok(())
        }
    }
}

/// Does what follows an installation: calls what scripts gave as
/// `onRegistered`, whose failures are only logged, and looks for streams.
pub(crate) fn installed_now(py: Python<'_>, registered: &[Arc<Registration>]) {
    for registration in registered {
        if let Some(function) = &registration.on_registered {
            let _session = session::enter(Some(Arc::clone(&registration.session)));
            let _inside = Inside::Other.enter();
            let _watched = Watched::begin(py, engine::get().config.sync_deadline());
            if let Err(error) = function.bind(py).call0() {
                let what = format!("onRegistered of {} failed", registration.id());
                failure::log(py, &what, &error);
            }
        }
        execution::read_existing_streams(registration);
    }
}

/// Gives the future of a run its value.
pub(crate) fn finish_future(
    py: Python<'_>,
    future: &Py<PyAny>,
    value: Bound<'_, PyList>,
) -> PyResult<()> {
    namespace::runtime(py)?
        .getattr("setFutureResults")?
        .call1((future, value))
        .map(|_| ())
}

/// Notes `GearsBuilder.run`, or begins it when a callback asks for it; returns
/// a future for its results and errors.
pub(super) fn note_run<'py>(
    builder: &Bound<'py, GearsBuilder>,
    argument: Option<Bound<'py, PyAny>>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = builder.py();
    if execution_mode(options)? == Mode::Sync {
        return Err(failure::misuse("unknown execution mode"));
    }
    let builder = builder.borrow();
    let argument = match argument {
        Some(argument) if argument.is_truthy()? => argument,
        _ => builder.default_argument.bind(py).clone(),
    };
    let reader = BatchReader::new(builder.reader, argument, options)?;
    let plan = builder.plan(py);
    let timeout = timeout(options)?;
    let future = namespace::runtime(py)?.getattr("createFuture")?.call0()?;
    let run = Run {
        reader,
        plan,
        timeout,
        session: session_here()?,
        future: future.clone().unbind(),
    };
    let noted = in_body(run, |collected, run| {
        if collected.run.is_some() {
            return Err(failure::misuse(
                "Can not run more then 1 executions in a single script",
            ));
        }
        collected.run = Some(run);
        Ok(())
    });
    match noted {
        Ok(noted) => noted?,
        Err(run) => {
            execution::start_run(run, || Waits::Callback)
                .map_err(|error| failure::misuse(&error))?;
        }
    }
    Ok(future)
}
