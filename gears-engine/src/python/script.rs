//! Runs a script's body and notes what it asks for.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CString;
use std::sync::Arc;
use std::time::Duration;

use gears_model::{Mode, Script};
use gears_server::text;
use pyo3::prelude::*;
use pyo3::types::code::PyCodeInput;
use pyo3::types::{PyCode, PyCodeMethods, PyDict};

use super::builder::GearsBuilder;
use super::inside::Inside;
use super::keyword::{self, Operation};
use super::option::{execution_mode, timeout};
use super::runtime::runtime;
use super::{descriptor, failure, namespace, session};
use crate::config::config;
use crate::execution::{self, Waits};
use crate::persist;
use crate::plan::Plan;
use crate::python::requirement::requirements;
use crate::reader::{BatchReader, ReaderKind};
use crate::registration::{Draft, registry};
use crate::session::Session;
use crate::{lock, user};

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
    /// What makes the registrations again.
    pub(crate) script: Arc<Script>,
    /// The session whose triggers may be taken again.
    pub(super) replaced: Option<String>,
    /// The numbers of stored registrations by their place, when the body runs
    /// again to make those.
    pub(super) numbers: Option<HashMap<usize, u64>>,
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
        collected.script = Arc::new(persist::note(py, source, &mut collected.drafts)?);
    }
    Ok(collected)
}

/// Runs a script's body once more, to make its stored registrations again;
/// nothing else that it asks for happens.
///
/// # Errors
///
/// The exception that ended the body.
pub(crate) fn run_again(
    py: Python<'_>,
    source: &[u8],
    numbers: HashMap<usize, u64>,
    session: &Arc<Session>,
) -> PyResult<Vec<Draft>> {
    let _session = session::enter(Some(Arc::clone(session)));
    let collected = Collected {
        numbers: Some(numbers),
        ..Collected::default()
    };
    run(py, source, collected).map(|collected| collected.drafts)
}

fn run(py: Python<'_>, source: &[u8], collected: Collected) -> PyResult<Collected> {
    descriptor::note_open();
    let source = CString::new(text::until_nul(source)).unwrap_or_default();
    let code = PyCode::compile(py, &source, c"<string>", PyCodeInput::File)?;
    let globals = namespace::globals(py)?;
    let _inside = Inside::Other.enter();
    let before = CURRENT.replace(Some(collected));
    let ran = code.run(Some(&globals), None);
    let collected = CURRENT.replace(before).unwrap_or_default();
    ran.map(|_| collected)
}

/// Says whether the body that runs is run again for stored registrations.
pub(super) fn runs_again() -> bool {
    CURRENT.with_borrow(|current| {
        current
            .as_ref()
            .is_some_and(|collected| collected.numbers.is_some())
    })
}

/// Makes a session id for a script that brought none: forty random digits.
pub(crate) fn random_session_id(py: Python<'_>) -> PyResult<String> {
    py.import("secrets")?
        .call_method1("token_hex", (20,))?
        .extract()
}

/// Notes what is asked for in a script's body; anywhere else there is nothing
/// to note it in, and what was asked for comes back.
pub(super) fn in_body<T, R>(asked: T, note: impl FnOnce(&mut Collected, T) -> R) -> Result<R, T> {
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

/// Installs what a callback registers, in a session of its own: what is stored
/// of its script's session is what the script registers.
pub(super) fn install_now(py: Python<'_>, draft: Draft) -> PyResult<()> {
    let parent = session_here()?;
    let mut drafts = vec![draft];
    let script = Arc::new(persist::note(py, b"", &mut drafts)?);
    let session = Session {
        id: random_session_id(py)?,
        script,
        // Who is served, which need not be the script's author.
        user: user::remembered(py),
        ..Session::clone(&parent)
    };
    let wheels = if config().stores_wheels() {
        requirements()
            .pack(&session.requirements, false)
            .map_err(|error| failure::misuse(&error))?
    } else {
        Vec::new()
    };
    lock::with_redis(py, |context| {
        persist::store_wheels(context, &session.requirements, wheels)?;
        let installed = registry().install(session, drafts, None);
        persist::installed(context, &installed, None);
        for registration in &installed {
            execution::read_existing_streams(registration);
        }
        Ok(())
    })
    .map_err(|error: String| failure::misuse(&error))
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
    // This one says so itself, in RedisGears' words; that one does not run.
    if !matches!(builder.reader, ReaderKind::KeyNames | ReaderKind::Command) {
        keyword::check(Operation::Run, builder.reader, options)?;
    }
    let argument = match argument {
        Some(argument) if argument.is_truthy()? => argument,
        _ => builder.default_argument.bind(py).clone(),
    };
    let reader = BatchReader::new(builder.reader, argument, options)?;
    let plan = builder.plan(py);
    let timeout = timeout(options)?;
    let future = runtime(py)?.getattr("createFuture")?.call0()?;
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
            execution::start_run(run, user::remembered(py), || Waits::Callback)
                .map_err(|error| failure::misuse(&error))?;
        }
    }
    Ok(future)
}
