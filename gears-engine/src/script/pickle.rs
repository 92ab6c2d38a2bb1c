//! Callbacks as bytes, made by cloudpickle.

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering};

use gears_server::{LogLevel, log};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyList, PyModule};

use crate::plan::Callbacks;
use crate::python::{failure, template};

/// Refuses callbacks that cannot be pickled, in RedisGears' words.
///
/// # Errors
///
/// What `register` raises.
pub(crate) fn check(py: Python<'_>, callbacks: &Callbacks) -> PyResult<()> {
    let Some(pickles) = pickles(py) else {
        return Ok(());
    };
    if dump(pickles, callbacks.iter(py)).is_ok() {
        return Ok(());
    }
    for callback in callbacks.iter(py) {
        if let Err(error) = dump(pickles, std::iter::once(callback)) {
            if failure::is_force_stopped(py, &error) {
                return Err(error);
            }
            let name = callback
                .getattr("__name__")
                .or_else(|_| callback.repr().map(Bound::into_any))
                .map_or_else(|_| "?".to_owned(), |name| name.to_string());
            let refused = failure::misuse(&format!(
                "Error occured when serialized a python callback, callback={name} error={}",
                failure::text(py, &error)
            ));
            let culprit: Option<String> =
                pickles.call_method1("culprit", (callback,))?.extract()?;
            return Err(match culprit {
                Some(culprit) => failure::with_note(py, refused, &culprit),
                None => refused,
            });
        }
    }
    // Each for itself can be pickled: so can they together.
    Ok(())
}

/// Pickles a script's callbacks together; nothing without cloudpickle.
///
/// # Errors
///
/// What hinders it; the script's source has to do then.
pub(crate) fn dumps(py: Python<'_>, callbacks: &Callbacks) -> PyResult<Option<Vec<u8>>> {
    match pickles(py) {
        Some(pickles) => dump(pickles, callbacks.iter(py)).map(Some),
        None => Ok(None),
    }
}

/// Makes callbacks of what [`dumps`] made.
///
/// # Errors
///
/// Why the bytes cannot be unpickled here.
pub(crate) fn loads(py: Python<'_>, pickled: &[u8]) -> PyResult<Callbacks> {
    let Some(pickles) = pickles(py) else {
        return Err(failure::misuse("the Python package cloudpickle is missing"));
    };
    let callbacks = pickles.call_method1("loads", (PyBytes::new(py, pickled),))?;
    let callbacks = callbacks.cast::<PyList>()?.iter();
    Ok(Callbacks::new(callbacks.map(Bound::unbind).collect()))
}

fn dump<'a, 'py: 'a>(
    pickles: &Bound<'py, PyAny>,
    callbacks: impl ExactSizeIterator<Item = &'a Bound<'py, PyAny>>,
) -> PyResult<Vec<u8>> {
    let callbacks = PyList::new(pickles.py(), callbacks)?;
    pickles.call_method1("dumps", (callbacks,))?.extract()
}

/// Returns our own Python code, ready; nothing without cloudpickle.
fn pickles(py: Python<'_>) -> Option<&Bound<'_, PyAny>> {
    static PICKLES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    // A failure is not kept: a script's requirements may bring cloudpickle.
    static TOLD: AtomicBool = AtomicBool::new(false);
    match PICKLES.get_or_try_init(py, || make(py).map(Bound::unbind)) {
        Ok(pickles) => Some(pickles.bind(py)),
        Err(error) => {
            if !TOLD.swap(true, Ordering::Relaxed) {
                log(
                    LogLevel::Notice,
                    &format!(
                        "callbacks are not pickled: {}. After a restart, scripts run again \
                         to register their functions",
                        failure::text(py, &error)
                    ),
                );
            }
            None
        }
    }
}

fn make(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    const SOURCE: &str = concat!(include_str!("pickle.py"), "\0");
    let source = CStr::from_bytes_with_nul(SOURCE.as_bytes()).unwrap_or(c"");
    let names = template::shared(py)?;
    let module = py.import("redisgears")?;
    PyModule::from_code(py, source, c"<gears engine>", c"gears_pickle")?
        .getattr("Pickles")?
        .call1((names, module))
}
