//! The names that every script finds (spec section 2.2).

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyMapping, PyModule};

use super::atomic::{PyAtomic, atomic};
use super::builder::GearsBuilder;
use super::builtins;
use super::execute::execute;
use super::failure;
use crate::user;

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

/// Returns fresh globals for one script: a copy of the template.
pub(super) fn globals(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    static TEMPLATE: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    TEMPLATE
        .get_or_try_init(py, || template(py).map(Bound::unbind))?
        .bind(py)
        .copy()
}

fn template(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let names = PyDict::new(py);
    let leaked = runtime(py)?.getattr("leaked_names")?.call0()?;
    names.update(leaked.cast::<PyMapping>()?)?;
    // After the line above, which starts the event loop's own thread.
    runtime(py)?
        .getattr("carry_users_into_threads")?
        .call1((wrap_pyfunction!(user::current_user, py)?,))?;
    names.set_item("__name__", "not_main")?;
    names.set_item("__builtins__", py.import("builtins")?)?;
    let builder = py.get_type::<GearsBuilder>();
    names.set_item("GearsBuilder", &builder)?;
    names.set_item("GB", &builder)?;
    let execute = wrap_pyfunction!(execute, py)?;
    names.set_item("cmd", runtime(py)?.getattr("Commands")?.call1((&execute,))?)?;
    names.set_item("execute", execute)?;
    names.set_item("atomic", wrap_pyfunction!(atomic, py)?)?;
    names.set_item("log", wrap_pyfunction!(builtins::log, py)?)?;
    names.set_item("configGet", wrap_pyfunction!(builtins::config_get, py)?)?;
    names.set_item(
        "gearsConfigGet",
        wrap_pyfunction!(builtins::gears_config_get, py)?,
    )?;
    names.set_item("hashtag", wrap_pyfunction!(builtins::hashtag, py)?)?;
    names.set_item(
        "isAsyncAllow",
        wrap_pyfunction!(builtins::is_async_allowed, py)?,
    )?;
    names.set_item(
        "isInAtomicBlock",
        wrap_pyfunction!(builtins::is_in_atomic_block, py)?,
    )?;
    names.set_item("flat_error", wrap_pyfunction!(builtins::flat_error, py)?)?;

    let module = PyModule::new(py, "redisgears")?;
    module.add("GearsError", py.get_type::<failure::error>())?;
    module.add("GearsFlatError", py.get_type::<failure::flat_error>())?;
    module.add("PyAtomic", py.get_type::<PyAtomic>())?;
    py.import("sys")?
        .getattr("modules")?
        .set_item("redisgears", &module)?;
    names.set_item("redisgears", &module)?;
    names.set_item("rg", &module)?;
    Ok(names)
}
