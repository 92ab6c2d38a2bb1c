//! Keyword arguments of `run` and `register`.

use std::time::Duration;

use gears_model::Mode;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyString};

use crate::config;
use crate::cpython::runtime::runtime;
use crate::python::failure;

/// The keyword arguments; [`keyword`](super::keyword) knows their names.
pub(crate) type Options<'a, 'py> = Option<&'a Bound<'py, PyDict>>;

/// Reads an option; one that is `None` counts as absent.
pub(crate) fn given<'py>(
    options: Options<'_, 'py>,
    name: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(present(options, name)?.filter(|value| !value.is_none()))
}

/// Reads an option for which `None` is a value, and a wrong one.
pub(crate) fn present<'py>(
    options: Options<'_, 'py>,
    name: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    match options {
        Some(options) => options.get_item(name),
        None => Ok(None),
    }
}

/// Reads a text, else raises `complaint`.
pub(crate) fn text(value: Bound<'_, PyAny>, complaint: &str) -> PyResult<String> {
    match value.cast_into::<PyString>() {
        Ok(text) => Ok(text.to_str()?.to_owned()),
        Err(_) => Err(failure::misuse(complaint)),
    }
}

/// Reads a bool, else raises `complaint`.
pub(crate) fn truth(
    options: Options<'_, '_>,
    name: &str,
    default: bool,
    complaint: &str,
) -> PyResult<bool> {
    match present(options, name)? {
        None => Ok(default),
        Some(value) => value
            .cast_into::<PyBool>()
            .map(|value| value.is_true())
            .map_err(|_| failure::misuse(complaint)),
    }
}

/// Reads a whole number, else raises `complaint`.
pub(crate) fn number(
    options: Options<'_, '_>,
    name: &str,
    default: i64,
    complaint: &str,
) -> PyResult<i64> {
    match present(options, name)? {
        None => Ok(default),
        Some(value) if value.is_instance_of::<PyInt>() => {
            value.extract().map_err(|_| failure::misuse(complaint))
        }
        Some(_) => Err(failure::misuse(complaint)),
    }
}

/// Reads a list of texts; a single text is taken letter by letter, as any
/// iterable is.
pub(crate) fn texts(
    options: Options<'_, '_>,
    name: &str,
    not_iterable: &str,
    not_text: &str,
) -> PyResult<Option<Vec<String>>> {
    let Some(value) = given(options, name)? else {
        return Ok(None);
    };
    let elements = value
        .try_iter()
        .map_err(|_| failure::misuse(not_iterable))?;
    elements
        .map(|element| text(element?, not_text))
        .collect::<PyResult<Vec<_>>>()
        .map(Some)
}

/// Reads options as gears that run locally do too, by the function of that name in `option.py`.
pub(crate) fn told<'py>(
    py: Python<'py>,
    what: &str,
    options: Options<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = options.cloned().unwrap_or_else(|| PyDict::new(py));
    let read = runtime(py)?.getattr("option")?.getattr(what)?;
    let (complaint, told): (Option<String>, Bound<'py, PyAny>) =
        read.call1((options,))?.extract()?;
    match complaint {
        None => Ok(told),
        Some(complaint) => Err(failure::misuse(&complaint)),
    }
}

/// Reads `mode`.
pub(crate) fn execution_mode(py: Python<'_>, options: Options<'_, '_>) -> PyResult<Mode> {
    let mode: String = told(py, "mode", options)?.extract()?;
    Mode::parse(&mode).ok_or_else(|| failure::misuse("unknown execution mode"))
}

/// Reads `timeout_ms`, which is ours: how long one execution may take.
pub(crate) fn timeout(py: Python<'_>, options: Options<'_, '_>) -> PyResult<Option<Duration>> {
    let milliseconds: Option<i64> = told(py, "timeout", options)?.extract()?;
    Ok(milliseconds.and_then(config::deadline))
}
