//! What belongs to the process, and therefore to the server.
//!
//! Python has functions for the working directory, signals, the locale, limits and
//! descriptors of the process it runs in. Here that is the server, which saves in
//! that directory and ends by those signals. Scripts find guards in their place
//! (`guide/pages/security.md`).

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};

use super::descriptor;
use super::runtime::MODULE;

/// Puts the guards in place; before any code of scripts runs.
///
/// # Errors
///
/// Python's own, when it lacks what it always had.
pub(crate) fn keep(py: Python<'_>) -> PyResult<()> {
    const SOURCE: &str = concat!(include_str!("process.py"), "\0");
    let is_of_server = wrap_pyfunction!(descriptor::is_of_server, py)?;
    module(py, SOURCE, c"gears_process")?
        .call_method1("keep", (is_of_server,))
        .map(drop)
}

/// Has `multiprocessing` start programs; `own` are the names of the engine.
///
/// # Errors
///
/// Python's own, as above.
pub(crate) fn start_children_afresh(py: Python<'_>, own: &Bound<'_, PyDict>) -> PyResult<()> {
    const SOURCE: &str = concat!(include_str!("children.py"), "\0");
    module(py, SOURCE, c"gears_children")?
        .call_method1("start_afresh", (MODULE, own))
        .map(drop)
}

fn module<'py>(py: Python<'py>, source: &str, name: &CStr) -> PyResult<Bound<'py, PyModule>> {
    let source = CStr::from_bytes_with_nul(source.as_bytes()).unwrap_or(c"");
    PyModule::from_code(py, source, c"<gears engine>", name)
}
