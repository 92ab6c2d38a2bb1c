//! The globals that every script begins with.

use std::sync::OnceLock;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use super::failure;

/// What makes them: it knows all names, and this knows none.
type Make = fn(Python<'_>) -> PyResult<Bound<'_, PyDict>>;

static MAKE: OnceLock<Make> = OnceLock::new();

/// Notes what makes the template.
pub(crate) fn provide(make: Make) {
    let _ = MAKE.set(make);
}

/// Returns fresh globals for one script: a copy of the template.
pub(crate) fn globals(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    shared(py)?.copy()
}

/// Returns the template itself; nobody changes it.
pub(crate) fn shared(py: Python<'_>) -> PyResult<&Bound<'_, PyDict>> {
    static TEMPLATE: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    TEMPLATE
        .get_or_try_init(py, || match MAKE.get() {
            Some(make) => make(py).map(Bound::unbind),
            None => Err(failure::misuse("the engine has not been loaded yet")),
        })
        .map(|template| template.bind(py))
}
