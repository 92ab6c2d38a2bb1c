//! The future of the event loop that `run` returns.

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::cpython::runtime::runtime;

/// Gives the future of a run its value.
pub(crate) fn finish_future(
    py: Python<'_>,
    future: &Py<PyAny>,
    value: Bound<'_, PyList>,
) -> PyResult<()> {
    runtime(py)?
        .getattr("setFutureResults")?
        .call1((future, value))
        .map(|_| ())
}
