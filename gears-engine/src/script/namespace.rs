//! The names that every script finds (spec section 2.2).

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyModule, PyString};

use super::atomic::{PyAtomic, atomic, end_atomic};
use super::builder::GearsBuilder;
use super::builtins;
use super::call_next::call_next;
use super::execute::execute;
use super::timer::register_timer;
use crate::code::{owner, permissions};
use crate::cpython::process;
use crate::cpython::runtime::{MODULE, answer_to_redgrease, runtime};
use crate::flow::asynchronous;
use crate::flow::coroutine::step_by_step;
use crate::flow::future::{GearsFuture, gears_future};
use crate::occasion::command_context::{get_command, override_reply};
use crate::python::{failure, thread};
use crate::watchdog;

/// What the engine's own functions and classes have as `__module__`.
const OWN_MODULES: [&str; 6] = [
    "functions",
    "redisgears",
    "gears",
    "gears_everywhere",
    "gears_runtime",
    "gears_words",
];

/// The engine's functions by their names in the module `redisgears`, where
/// RedisGears has them as they are under the functions of scripts.
const RAW_NAMES: [(&str, &str); 16] = [
    ("executeCommand", "execute"),
    ("atomicCtx", "atomic"),
    ("config_get", "configGet"),
    ("getMyHashTag", "hashtag"),
    ("registerTimeEvent", "registerTE"),
    ("callNext", "call_next"),
    ("getCommand", "get_command"),
    ("overrideReply", "override_reply"),
    ("isAsyncAllow", "isAsyncAllow"),
    ("isInAtomicBlock", "isInAtomicBlock"),
    ("flatError", "flat_error"),
    ("gearsFutureCtx", "gearsFuture"),
    ("getGearsSession", "getGearsSession"),
    ("setGearsSession", "setGearsSession"),
    ("registerGearsThread", "registerGearsThread"),
    ("log", "log"),
];

/// Makes the globals that every script begins with.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    asynchronous::know_futures(py);
    let runtime = runtime(py)?;
    let names = PyDict::new(py);
    let functions = PyModule::new(py, "functions")?;
    add_functions(runtime, &functions, &names)?;
    let execute = names.get_item("execute")?;
    let cmd = runtime.getattr("commands")?.call1((&execute,))?;
    names.set_item("cmd", &cmd)?;
    add_python(runtime, &functions, &names)?;
    let builder = py.get_type::<GearsBuilder>();
    for name in ["GearsBuilder", "GB", "PyFlatExecution", "gearsCtx"] {
        names.set_item(name, &builder)?;
    }
    let module = module(py, &names)?;
    let modules = py.import("sys")?.getattr("modules")?;
    modules.set_item("redisgears", &module)?;
    modules.set_item("rg", &module)?;
    let client = runtime.getattr("redgrease_client")?.call1((&cmd,))?;
    modules.set_item("redgrease.runtime_client", client)?;
    answer_to_redgrease(py)?;
    modules.set_item("redisAI", runtime.getattr("tensor_module")?.call0()?)?;
    names.set_item("redisgears", &module)?;
    names.set_item("rg", &module)?;
    // Packages that find out where they run, such as redgrease, look there.
    py.import("__main__")?.dict().update(names.as_mapping())?;
    process::start_children_afresh(py, &own(py, &module)?)?;
    names.set_item("__name__", MODULE)?;
    names.set_item("__builtins__", py.import("builtins")?)?;
    Ok(names)
}

/// Adds the functions that are Rust's, and tells those that the engine's own Python needs.
fn add_functions(
    runtime: &Bound<'_, PyModule>,
    functions: &Bound<'_, PyModule>,
    names: &Bound<'_, PyDict>,
) -> PyResult<()> {
    for function in [
        wrap_pyfunction!(execute, functions)?,
        wrap_pyfunction!(atomic, functions)?,
        wrap_pyfunction!(builtins::log, functions)?,
        wrap_pyfunction!(builtins::config_get, functions)?,
        wrap_pyfunction!(builtins::gears_config_get, functions)?,
        wrap_pyfunction!(builtins::hashtag, functions)?,
        wrap_pyfunction!(builtins::hashtag3, functions)?,
        wrap_pyfunction!(builtins::is_async_allowed, functions)?,
        wrap_pyfunction!(builtins::is_in_atomic_block, functions)?,
        wrap_pyfunction!(builtins::flat_error, functions)?,
        wrap_pyfunction!(call_next, functions)?,
        wrap_pyfunction!(get_command, functions)?,
        wrap_pyfunction!(override_reply, functions)?,
        wrap_pyfunction!(gears_future, functions)?,
        wrap_pyfunction!(register_timer, functions)?,
        wrap_pyfunction!(owner::get_gears_session, functions)?,
        wrap_pyfunction!(owner::set_gears_session, functions)?,
        wrap_pyfunction!(owner::register_gears_thread, functions)?,
    ] {
        names.set_item(function.getattr("__name__")?, function)?;
    }
    let log = names.get_item("log")?;
    runtime.setattr("log", log)?;
    runtime.setattr("misuse", names.py().get_type::<failure::error>())?;
    runtime.setattr("get_session", names.get_item("getGearsSession")?)?;
    runtime.setattr("set_session", names.get_item("setGearsSession")?)?;
    runtime.setattr("end_atomic", wrap_pyfunction!(end_atomic, functions)?)?;
    let step_by_step = wrap_pyfunction!(step_by_step, functions)?;
    runtime.setattr("step_by_step", step_by_step)
}

/// Adds the functions that are Python's, and has threads of scripts belong to their users.
fn add_python(
    runtime: &Bound<'_, PyModule>,
    functions: &Bound<'_, PyModule>,
    names: &Bound<'_, PyDict>,
) -> PyResult<()> {
    let add = |added: Bound<'_, PyAny>| names.update(added.cast::<PyMapping>()?);
    let execute = names.get_item("execute")?;
    add(runtime.getattr("leaked_names")?.call0()?)?;
    add(runtime.getattr("deprecated_names")?.call1((names,))?)?;
    add(runtime.getattr("reader_functions")?.call1((&execute,))?)?;
    // After the line above, which starts the event loop's own thread.
    runtime
        .getattr("carry_users_into_threads")?
        .call1((wrap_pyfunction!(permissions::current_user, functions)?,))?;
    runtime.getattr("end_blocks_of_pools")?.call0()?;
    thread::watch(names.py())
}

/// Makes the module `redisgears`: the classes, and the functions of scripts by both of their names.
fn module<'py>(py: Python<'py>, names: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyModule>> {
    let builder = py.get_type::<GearsBuilder>();
    let module = PyModule::new(py, "redisgears")?;
    module.add("GearsError", py.get_type::<failure::error>())?;
    module.add("GearsFlatError", py.get_type::<failure::flat_error>())?;
    module.add("GearsForceStopped", watchdog::force_stopped(py))?;
    module.add("PyFlatExecution", &builder)?;
    module.add("gearsCtx", &builder)?;
    module.add("PyAtomic", py.get_type::<PyAtomic>())?;
    module.add("PyFuture", py.get_type::<GearsFuture>())?;
    module.add(
        "PyExecutionSession",
        py.get_type::<owner::ExecutionSession>(),
    )?;
    for (raw, name) in RAW_NAMES {
        if let Some(function) = names.get_item(name)? {
            module.add(raw, function)?;
        }
    }
    // The functions of scripts are there too, by their own names.
    for (name, value) in names.iter() {
        let name = name.cast_into::<PyString>()?;
        if !value.is_instance_of::<PyModule>() && !module.hasattr(&name)? {
            module.add(name, value)?;
        }
    }
    Ok(module)
}

/// Returns what of the module is the engine's own, by which children of the process are started afresh.
fn own<'py>(py: Python<'py>, module: &Bound<'py, PyModule>) -> PyResult<Bound<'py, PyDict>> {
    let own = PyDict::new(py);
    for (name, value) in module.dict().iter() {
        let home = value
            .getattr("__module__")
            .and_then(|home| home.extract::<String>());
        if home.is_ok_and(|home| OWN_MODULES.contains(&home.as_str())) {
            own.set_item(name, value)?;
        }
    }
    own.set_item("redisgears", module)?;
    Ok(own)
}
