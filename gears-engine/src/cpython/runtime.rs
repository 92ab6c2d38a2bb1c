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
const MODULES: [(&CStr, &str); 7] = [
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
    (
        c"gears_reach",
        source!("../../../gears-runtime/src/testing/local/shared/reach.py"),
    ),
    (
        c"gears_stand_in",
        source!("../../../gears-runtime/src/testing/local/shared/stand_in.py"),
    ),
    (
        c"gears_words",
        source!("../../../gears-runtime/src/python/words.py"),
    ),
    (c"gears_runtime", source!("runtime.py")),
];

/// The modules that answer to the names of the package redgrease.
const REDGREASE: [(&str, &str); 10] =
    include!("../../../gears-runtime/src/testing/local/shared/redgrease.in");

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

/// Returns the module that tells which functions use what a package brings.
///
/// # Errors
///
/// Python's own.
pub(crate) fn reach(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    py.import("gears_reach")
}

/// Answers to the names of the modules of redgrease, for scripts where the package is not installed.
///
/// # Errors
///
/// Python's own.
pub(crate) fn answer_to_redgrease(py: Python<'_>) -> PyResult<()> {
    py.import("gears_stand_in")?
        .call_method1("answer", (Vec::from(REDGREASE),))
        .map(drop)
}

fn load<'py>(py: Python<'py>, (name, source): (&CStr, &str)) -> PyResult<Bound<'py, PyModule>> {
    let source = CStr::from_bytes_with_nul(source.as_bytes()).unwrap_or(c"");
    PyModule::from_code(py, source, c"<gears engine>", name)
}
