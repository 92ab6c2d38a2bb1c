//! Python exceptions as texts (spec section 2.5).

#![expect(
    non_camel_case_types,
    reason = "scripts and clients know the exceptions as gears.error and gears.flat_error"
)]

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::create_exception;
use pyo3::exceptions::{PyBaseException, PyException};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple, PyType};

use crate::watchdog;

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

/// Ends code by force. Deriving from `BaseException`, few handlers catch it.
///
/// It is made in the thread that has to end, by C code alone: were a line of
/// Python run for it, that line would raise it again.
#[pyclass(extends = PyBaseException, name = "forcestopped", module = "gears")]
struct ForceStopped {
    reason: Option<&'static str>,
}

#[pymethods]
impl ForceStopped {
    #[new]
    #[pyo3(signature = (*_arguments))]
    fn new(_arguments: &Bound<'_, PyTuple>) -> Self {
        Self {
            reason: watchdog::insist(),
        }
    }

    fn __str__(&self) -> &'static str {
        self.reason.unwrap_or_default()
    }
}

/// Returns the exception class that ends code by force.
pub(crate) fn force_stopped(py: Python<'_>) -> Bound<'_, PyType> {
    py.get_type::<ForceStopped>()
}

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

/// Says whether the watchdog ended the code.
pub(crate) fn is_force_stopped(py: Python<'_>, exception: &PyErr) -> bool {
    exception.is_instance_of::<ForceStopped>(py)
}

/// Returns the text that clients get for an exception.
pub(crate) fn text(py: Python<'_>, exception: &PyErr) -> String {
    if is_force_stopped(py, exception) {
        watchdog::settle();
    }
    if exception.is_instance_of::<flat_error>(py) {
        return lossy(&exception.value(py).str());
    }
    if TRACEBACKS.load(Ordering::Relaxed)
        && exception.traceback(py).is_some()
        && let Ok(lines) = formatted(py, exception)
    {
        return lossy(&lines.repr());
    }
    let kind = exception.get_type(py);
    let message = lossy(&exception.value(py).str());
    format!("Error type: {}, Value: {message}", lossy(&kind.str()))
}

fn formatted<'py>(py: Python<'py>, exception: &PyErr) -> PyResult<Bound<'py, PyList>> {
    let arguments = (
        exception.get_type(py),
        exception.value(py),
        exception.traceback(py),
    );
    let lines = py
        .import("traceback")?
        .call_method("format_exception", arguments, None)?;
    Ok(lines.cast_into::<PyList>()?)
}

/// Reads a Python text; lone surrogates become replacement characters.
fn lossy(text: &PyResult<Bound<'_, pyo3::types::PyString>>) -> String {
    match text {
        Ok(text) => text.to_string_lossy().into_owned(),
        Err(_) => "<the exception cannot be printed>".to_owned(),
    }
}
