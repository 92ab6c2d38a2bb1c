//! Runs a script's body and notes what it asks for.

use std::cell::RefCell;
use std::ffi::CString;
use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::code::PyCodeInput;
use pyo3::types::{PyBool, PyCode, PyCodeMethods, PyDict, PyString};

use super::builder::GearsBuilder;
use super::{failure, namespace};
use crate::{config, engine};
use crate::plan::Plan;
use crate::reader::{BatchReader, ReaderKind};
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
    replaced: Option<String>,
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

fn with_current<T>(note: impl FnOnce(&mut Collected) -> PyResult<T>) -> PyResult<T> {
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

/// Notes `GearsBuilder.register`; returns the id that it will have.
pub(super) fn note_registration(
    builder: &Bound<'_, GearsBuilder>,
    _prefix: Option<Bound<'_, PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<String> {
    let py = builder.py();
    let mode = execution_mode(options)?;
    let on_registered = match option(options, "onRegistered")? {
        None => None,
        Some(function) if function.is_callable() => Some(function.unbind()),
        Some(_) => {
            return Err(failure::misuse("OnRegistered argument must be a function"));
        }
    };
    let builder = builder.borrow();
    if builder.reader != ReaderKind::Command {
        return Err(failure::misuse(
            "given reader does not exists or does not support register",
        ));
    }
    let trigger = trigger(options)?;
    let in_order = match option(options, "inorder")? {
        None => false,
        Some(value) => value
            .cast_into::<PyBool>()
            .map_err(|_| failure::misuse("inorder argument is be boolean"))?
            .is_true(),
    };
    let registry = &engine::get().registry;
    with_current(|collected| {
        if collected
            .drafts
            .iter()
            .any(|draft| draft.trigger == trigger)
        {
            return Err(failure::misuse(
                "trigger already registered in this session",
            ));
        }
        if let Some(there) = registry.by_trigger(&trigger)
            && collected.replaced.as_ref() != Some(&there.session.id)
        {
            return Err(failure::misuse("trigger already registered"));
        }
        let number = registry.next_number();
        collected.drafts.push(Draft {
            number,
            trigger,
            in_order,
            mode,
            description: builder.description.clone(),
            plan: builder.plan(py),
            timeout: timeout(options)?,
            on_registered,
        });
        Ok(crate::registration::print_id(number))
    })
}

/// Reads an option; one that is `None` counts as absent.
fn option<'py>(
    options: Option<&Bound<'py, PyDict>>,
    name: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let value = match options {
        Some(options) => options.get_item(name)?,
        None => None,
    };
    Ok(value.filter(|value| !value.is_none()))
}

fn execution_mode(options: Option<&Bound<'_, PyDict>>) -> PyResult<Mode> {
    let Some(mode) = option(options, "mode")? else {
        return Ok(Mode::Async);
    };
    let mode = mode
        .cast_into::<PyString>()
        .map_err(|_| failure::misuse("execution mode must be a string"))?;
    Mode::parse(&mode.to_string_lossy()).ok_or_else(|| failure::misuse("unknown execution mode"))
}

/// Reads `timeout_ms`, which is ours: how long one execution may take.
fn timeout(options: Option<&Bound<'_, PyDict>>) -> PyResult<Option<Duration>> {
    let Some(value) = option(options, "timeout_ms")? else {
        return Ok(None);
    };
    match value.extract::<i64>() {
        Ok(milliseconds) if milliseconds > 0 => Ok(config::deadline(milliseconds)),
        _ => Err(failure::misuse(
            "timeout_ms argument must be a number of milliseconds above 0",
        )),
    }
}

fn trigger(options: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<u8>> {
    for other in ["hook", "keyprefix"] {
        if option(options, other)?.is_some() {
            return Err(failure::misuse(
                "command hooks are not offered by this version of the engine",
            ));
        }
    }
    let trigger = option(options, "trigger")?
        .ok_or_else(|| failure::misuse("no trigger or hook argument was given"))?;
    let trigger = trigger
        .cast_into::<PyString>()
        .map_err(|_| failure::misuse("trigger argument is not string"))?;
    Ok(text::until_nul(trigger.to_str()?.as_bytes()).to_vec())
}
