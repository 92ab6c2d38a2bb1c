//! Runs a script's body and notes what it asks for.

use std::cell::RefCell;
use std::ffi::CString;
use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::code::PyCodeInput;
use pyo3::types::{PyCode, PyCodeMethods, PyDict};

use super::builder::GearsBuilder;
use super::option::{execution_mode, timeout};
use super::{failure, namespace};
use crate::plan::Plan;
use crate::reader::BatchReader;
use crate::registration::{Draft, Mode};
use crate::text;

/// A function to run once over what its reader finds.
pub(crate) struct Run {
    pub(crate) reader: BatchReader,
    pub(crate) plan: Arc<Plan>,
    pub(crate) timeout: Option<Duration>,
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
) -> PyResult<Collected> {
    let source = CString::new(text::until_nul(source)).unwrap_or_default();
    let code = PyCode::compile(py, &source, c"<string>", PyCodeInput::File)?;
    let globals = namespace::globals(py)?;
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

pub(super) fn with_current<T>(note: impl FnOnce(&mut Collected) -> PyResult<T>) -> PyResult<T> {
    CURRENT.with_borrow_mut(|current| match current {
        Some(collected) => note(collected),
        None => Err(failure::misuse(
            "run and register belong in the body of a script, not in callbacks or threads",
        )),
    })
}

/// Notes `GearsBuilder.run`.
pub(super) fn note_run(
    builder: &Bound<'_, GearsBuilder>,
    argument: Option<Bound<'_, PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<()> {
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
    with_current(|collected| {
        if collected.run.is_some() {
            return Err(failure::misuse(
                "Can not run more then 1 executions in a single script",
            ));
        }
        collected.run = Some(Run {
            reader,
            plan,
            timeout,
        });
        Ok(())
    })
}
