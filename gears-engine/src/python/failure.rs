//! Python exceptions as texts (spec section 2.5).

#![expect(
    non_camel_case_types,
    reason = "scripts and clients know the exceptions as gears.error and gears.flat_error"
)]

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering};

use gears_server::{LogLevel, Refusal};
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyMemoryError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyModule, PyString};

use crate::cpython::runtime::{MODULE, runtime};
use crate::ground::failed::Failed;
use crate::watchdog::{self, ForceStopped, OVERDUE};

create_exception!(
    gears,
    error,
    PyException,
    "What the engine raises in scripts."
);
create_exception!(
    gears,
    flat_error,
    PyException,
    "An error whose text is just its message."
);

/// Whether tracebacks are part of error texts (`PythonAttemptTraceback`).
static TRACEBACKS: AtomicBool = AtomicBool::new(true);

/// Switches tracebacks in error texts on or off.
pub(crate) fn show_tracebacks(show: bool) {
    TRACEBACKS.store(show, Ordering::Relaxed);
}

/// Makes the error that scripts see when they misuse the engine.
pub(crate) fn misuse(message: &str) -> PyErr {
    error::new_err(message.to_owned())
}

/// Adds what is to know of an error below its text: a note, or a part of the text where Python
/// has no notes (before 3.11).
pub(crate) fn with_note(py: Python<'_>, raised: PyErr, note: &str) -> PyErr {
    if raised.value(py).call_method1("add_note", (note,)).is_ok() {
        return raised;
    }
    misuse(&format!("{}: {note}", raised.value(py)))
}

/// Makes the error that scripts see when they are refused what a client would be.
pub(crate) fn of_refusal(refusal: &Refusal) -> PyErr {
    error::new_err(refusal.to_string())
}

/// Says whether the watchdog ended the code.
pub(crate) fn is_force_stopped(py: Python<'_>, exception: &PyErr) -> bool {
    exception.is_instance_of::<ForceStopped>(py)
}

/// Lets Python run again after the watchdog ended code.
pub(crate) fn settle(py: Python<'_>, exception: &PyErr) {
    if is_force_stopped(py, exception) {
        watchdog::settle();
    }
}

/// Writes an exception that no client waits for to the server's log.
pub(crate) fn log(py: Python<'_>, what: &str, exception: &PyErr) {
    let text = text(py, exception);
    gears_server::log(LogLevel::Warning, &format!("{what}: {text}"));
}

/// What an execution failed with whose time was up while it waited.
pub(crate) fn of_deadline() -> Failed {
    Failed {
        text: format!("Error type: <class 'gears.forcestopped'>, Value: {OVERDUE}"),
        overdue: true,
    }
}

/// What code failed with.
pub(crate) fn of(py: Python<'_>, exception: &PyErr) -> Failed {
    Failed {
        overdue: is_of_deadline(py, exception),
        text: text(py, exception),
    }
}

/// What a coroutine failed with.
pub(crate) fn of_coroutine(py: Python<'_>, exception: &PyErr) -> Failed {
    Failed {
        overdue: is_of_deadline(py, exception),
        text: text_from_coroutine(py, exception),
    }
}

fn is_of_deadline(py: Python<'_>, exception: &PyErr) -> bool {
    let stopped = exception.value(py).cast::<ForceStopped>();
    stopped.is_ok_and(|stopped| stopped.borrow().is_of_deadline())
}

/// Returns the text that clients get for an exception that left a coroutine:
/// its message alone, as in RedisGears.
///
/// A script that compiles code of its own under a name of its own does so for
/// the sake of tracebacks, so where such code failed they stay.
fn text_from_coroutine(py: Python<'_>, exception: &PyErr) -> String {
    settle(py, exception);
    if is_force_stopped(py, exception) || has_named_frames(py, exception).unwrap_or(false) {
        return text(py, exception);
    }
    let _brief = watchdog::begin_text(py);
    let message = message(py, exception);
    if message.is_empty() {
        // Such as that of a cancelled coroutine: an error reply needs a text.
        return lossy(&exception.get_type(py).name());
    }
    message
}

/// Looks for a frame of the script whose file is not `<string>`.
fn has_named_frames(py: Python<'_>, exception: &PyErr) -> PyResult<bool> {
    /// Of more frames none is looked at.
    const MOST: usize = 4_000;
    let mut traceback = exception.traceback(py).map(Bound::into_any);
    for _ in 0..MOST {
        let Some(here) = traceback else { break };
        let frame = here.getattr("tb_frame")?;
        let module = frame.getattr("f_globals")?.get_item("__name__");
        let file = frame.getattr("f_code")?.getattr("co_filename")?;
        if module.is_ok_and(|module| module.eq(MODULE).unwrap_or(false)) && !file.eq("<string>")? {
            return Ok(true);
        }
        let next = here.getattr("tb_next")?;
        traceback = (!next.is_none()).then_some(next);
    }
    Ok(false)
}

/// Adds a frame of the engine to an exception from what a shortcut of the
/// builder or a reader calls: there RedisGears has a function of its own, so
/// that there is a traceback in any case (spec section 2.5).
pub(crate) fn within_shortcut(py: Python<'_>, exception: PyErr) -> PyErr {
    if is_force_stopped(py, &exception) {
        return exception;
    }
    let raised = runtime(py)
        .and_then(|runtime| runtime.call_method1("builder_shortcut", (exception.into_value(py),)));
    match raised {
        Err(exception) => exception,
        // It raises, always.
        Ok(value) => PyErr::from_value(value),
    }
}

/// Makes what clients get for an exception.
pub(crate) fn refusal(py: Python<'_>, exception: &PyErr) -> Refusal {
    Refusal::whole(text(py, exception))
}

/// Returns the text that clients get for an exception.
pub(crate) fn text(py: Python<'_>, exception: &PyErr) -> String {
    settle(py, exception);
    let _brief = watchdog::begin_text(py);
    if exception.is_instance_of::<flat_error>(py) {
        return message(py, exception);
    }
    let kind = kind(py, exception);
    if TRACEBACKS.load(Ordering::Relaxed) && exception.traceback(py).is_some() {
        match formatted(py, exception) {
            Ok(lines) => return lossy(&lines.repr()),
            // Its message would take as long.
            Err(ended) if is_force_stopped(py, &ended) => {
                watchdog::settle();
                let message = unprinted(py, exception);
                return format!("Error type: {kind}, Value: {message}");
            }
            Err(_) => {}
        }
    }
    let message = message(py, exception);
    format!("Error type: {kind}, Value: {message}")
}

/// Stands for what an exception does not say.
const UNPRINTED: &str = "<the exception cannot be printed>";

/// Returns the text of an exception's type, without Python where that has no memory left to say it.
fn kind(py: Python<'_>, exception: &PyErr) -> String {
    let text = exception.get_type(py).str();
    if text.is_err() && is_force_stopped(py, exception) {
        return "<class 'gears.forcestopped'>".to_owned();
    }
    if text.is_err() && exception.is_instance_of::<PyMemoryError>(py) {
        return "<class 'MemoryError'>".to_owned();
    }
    lossy(&text)
}

/// Returns the message of an exception that Python could not print: what is the engine's own is known without it.
fn unprinted(py: Python<'_>, exception: &PyErr) -> &'static str {
    match exception.value(py).cast::<ForceStopped>() {
        Ok(stopped) if !stopped.borrow().words().is_empty() => stopped.borrow().words(),
        _ => UNPRINTED,
    }
}

fn formatted<'py>(py: Python<'py>, exception: &PyErr) -> PyResult<Bound<'py, PyList>> {
    let arguments = (exception.value(py), exception.traceback(py));
    let lines = printer(py)?.call_method1("lines", arguments)?;
    Ok(lines.cast_into::<PyList>()?)
}

/// Returns an exception's message, without the middle of a long one.
fn message(py: Python<'_>, exception: &PyErr) -> String {
    let message = printer(py).and_then(|printer| {
        let message = printer.call_method1("message", (exception.value(py),))?;
        Ok(message.cast_into::<PyString>()?)
    });
    match message {
        Ok(message) => message.to_string_lossy().into_owned(),
        Err(ended) => {
            settle(py, &ended);
            unprinted(py, exception).to_owned()
        }
    }
}

/// Returns the text of a value that scripts give for an error, without the middle
/// of a long one.
///
/// # Errors
///
/// What the value raises when it is asked for its text.
pub(crate) fn text_of_value(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = printer(value.py())?.call_method1("cut", (value.str()?, LONGEST))?;
    Ok(text.cast_into::<PyString>()?.to_string_lossy().into_owned())
}

/// The most characters of an error's text.
const LONGEST: usize = 5 << 18;

/// Returns the module that prints exceptions.
fn printer(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    const SOURCE: &str = concat!(include_str!("failure.py"), "\0");
    static PRINTER: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    PRINTER
        .get_or_try_init(py, || {
            let source = CStr::from_bytes_with_nul(SOURCE.as_bytes()).unwrap_or(c"");
            PyModule::from_code(py, source, c"<gears engine>", c"gears_failure").map(Bound::unbind)
        })
        .map(|module| module.bind(py))
}

/// Reads a Python text; lone surrogates become replacement characters.
fn lossy(text: &PyResult<Bound<'_, PyString>>) -> String {
    match text {
        Ok(text) => text.to_string_lossy().into_owned(),
        Err(_) => UNPRINTED.to_owned(),
    }
}
