//! What stands in the place of one of Python's own functions.

use pyo3::prelude::*;

/// Looks like the function in whose place it stands; who derives from it says what happens at
/// a call.
#[pyclass(frozen, subclass, module = "redisgears")]
pub(crate) struct StandIn(Py<PyAny>);

impl StandIn {
    /// Stands in for a function.
    pub(crate) fn new(original: Py<PyAny>) -> Self {
        Self(original)
    }

    /// Returns the function.
    pub(crate) fn original<'py>(&self, py: Python<'py>) -> &Bound<'py, PyAny> {
        self.0.bind(py)
    }
}

#[pymethods]
impl StandIn {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.original(py).repr()?.to_string())
    }

    fn __getattr__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.original(py).getattr(name)
    }
}
