//! The engine's own Python code.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyModule;

/// What scripts have as `__name__`.
pub(crate) const MODULE: &str = "not_main";

/// Includes a file of Python as C reads it.
macro_rules! source {
    ($path:literal) => {
        concat!(include_str!($path), "\0")
    };
}

/// The modules, in the order in which they import each other. The first ones are those of gears that run locally too.
const MODULES: [(&CStr, &str); 4] = [
    (
        c"gears_everywhere",
        source!("../../../gears-runtime/src/testing/local/shared/everywhere.py"),
    ),
    (
        c"gears_keyword",
        source!("../../../gears-runtime/src/testing/local/shared/keyword.py"),
    ),
    (
        c"gears_option",
        source!("../../../gears-runtime/src/testing/local/shared/option.py"),
    ),
    (c"gears_runtime", source!("runtime.py")),
];

/// Returns the module of the engine's own Python code.
pub(crate) fn runtime(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static RUNTIME: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    RUNTIME
        .get_or_try_init(py, || {
            let [shared @ .., own] = MODULES;
            for module in shared {
                load(py, module)?;
            }
            load(py, own).map(Bound::unbind)
        })
        .map(|module| module.bind(py))
}

fn load<'py>(py: Python<'py>, (name, source): (&CStr, &str)) -> PyResult<Bound<'py, PyModule>> {
    let source = CStr::from_bytes_with_nul(source.as_bytes()).unwrap_or(c"");
    PyModule::from_code(py, source, c"<gears engine>", name)
}
