//! The engine's own Python code.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyModule;

/// What scripts have as `__name__`.
pub(crate) const MODULE: &str = "not_main";

/// Returns the module of the engine's own Python code.
pub(crate) fn runtime(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static RUNTIME: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    RUNTIME
        .get_or_try_init(py, || {
            PyModule::from_code(py, c_source(), c"<gears engine>", c"gears_runtime")
                .map(Bound::unbind)
        })
        .map(|module| module.bind(py))
}

fn c_source() -> &'static std::ffi::CStr {
    const SOURCE: &str = concat!(include_str!("runtime.py"), "\0");
    std::ffi::CStr::from_bytes_with_nul(SOURCE.as_bytes()).unwrap_or(c"")
}
