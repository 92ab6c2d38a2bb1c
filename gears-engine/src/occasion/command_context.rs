//! The client's command behind a callback: `call_next`, `get_command`,
//! `override_reply` (spec section 2.2).
//!
//! It is kept in context variables, which coroutines inherit from the callback
//! that made them, so the builtins work in those too.

use std::sync::Arc;

use gears_model::Id;
use gears_server::Recorded;
use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyTuple};

use crate::ground::link::Link;
use crate::python::{convert, failure};
use crate::registration::hooked_call::HookedCall;

/// The call that a hook runs for, and the hook's place in its chain.
#[pyclass(frozen, name = "CommandHook", module = "redisgears")]
struct HookContext {
    call: Arc<HookedCall>,
    at: usize,
}

/// The command that caused an event.
#[pyclass(frozen, name = "Command", module = "redisgears")]
struct CommandContext(Arc<Link>);

/// A context variable that is set, until dropped.
pub(crate) struct Entered<'py> {
    variable: &'py Bound<'py, PyAny>,
    token: Bound<'py, PyAny>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // Fails only for another thread's token.
        let _ = self.variable.call_method1("reset", (&self.token,));
    }
}

/// Has callbacks of a hook find its call, until what is returned is dropped.
pub(crate) fn enter_hook<'py>(
    py: Python<'py>,
    call: &Arc<HookedCall>,
    at: usize,
) -> Option<Entered<'py>> {
    let context = HookContext {
        call: Arc::clone(call),
        at,
    };
    set(hook_variable(py), Bound::new(py, context).ok()?.into_any())
}

/// Has callbacks of an event find the command that caused it, until what is
/// returned is dropped.
pub(crate) fn enter_command<'py>(py: Python<'py>, link: &Arc<Link>) -> Option<Entered<'py>> {
    let context = CommandContext(Arc::clone(link));
    set(
        command_variable(py),
        Bound::new(py, context).ok()?.into_any(),
    )
}

/// Returns the ids of the hooks that run on this thread.
pub(crate) fn active_hooks(py: Python<'_>) -> Vec<Id> {
    match get::<HookContext>(hook_variable(py)) {
        Some(context) => context.get().call.active().to_vec(),
        None => Vec::new(),
    }
}

fn set<'py>(
    variable: PyResult<&'py Bound<'py, PyAny>>,
    value: Bound<'py, PyAny>,
) -> Option<Entered<'py>> {
    let variable = variable.ok()?;
    let token = variable.call_method1("set", (value,)).ok()?;
    Some(Entered { variable, token })
}

fn get<'py, T: PyClass>(variable: PyResult<&'py Bound<'py, PyAny>>) -> Option<Bound<'py, T>> {
    let value = variable.ok()?.call_method0("get").ok()?;
    value.cast_into::<T>().ok()
}

fn hook_variable(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static VARIABLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    variable(py, &VARIABLE, "gears hook")
}

fn command_variable(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static VARIABLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    variable(py, &VARIABLE, "gears command")
}

fn variable<'py>(
    py: Python<'py>,
    cell: &'static PyOnceLock<Py<PyAny>>,
    name: &str,
) -> PyResult<&'py Bound<'py, PyAny>> {
    let variable = cell.get_or_try_init(py, || {
        let make = py.import("contextvars")?.getattr("ContextVar")?;
        let default = pyo3::types::PyDict::new(py);
        default.set_item("default", py.None())?;
        make.call((name,), Some(&default)).map(Bound::unbind)
    })?;
    Ok(variable.bind(py))
}

/// Returns the call that the code at hand runs for, and the hook's place in its chain.
pub(crate) fn hooked_call(py: Python<'_>) -> Option<(Arc<HookedCall>, usize)> {
    let context = get::<HookContext>(hook_variable(py))?;
    let context = context.get();
    Some((Arc::clone(&context.call), context.at))
}

/// Returns the client's command that caused the event.
#[pyfunction]
#[pyo3(signature = (*_arguments))]
pub(crate) fn get_command<'py>(_arguments: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyList>> {
    let py = _arguments.py();
    let context = command(py)?;
    let words = context.get().0.words();
    convert::list_of_texts(py, words.iter().map(Vec::as_slice))
}

/// Has the client that caused the event get another reply.
#[pyfunction]
#[pyo3(signature = (*arguments))]
pub(crate) fn override_reply(arguments: &Bound<'_, PyTuple>) -> PyResult<()> {
    let context = command(arguments.py())?;
    if arguments.len() != 1 {
        return Err(failure::misuse("Override reply must get a single argument"));
    }
    let mut reply = Recorded::new();
    convert::reply(&mut reply, &arguments.get_item(0)?);
    if context.get().0.override_reply(reply) {
        Ok(())
    } else {
        Err(failure::misuse("Can only override reply once"))
    }
}

fn command(py: Python<'_>) -> PyResult<Bound<'_, CommandContext>> {
    get::<CommandContext>(command_variable(py))
        .ok_or_else(|| failure::misuse("Can not get command ctx"))
}
