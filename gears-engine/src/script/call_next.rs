//! `call_next`: the command that a hook stands in for (spec section 3.6).

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::occasion::command_context::hooked_call;
use crate::occasion::hook;
use crate::python::{convert, failure};

/// Runs the next hook or, after the last, the command itself with other
/// arguments; the name is not among them.
#[pyfunction]
#[pyo3(signature = (*words))]
pub(super) fn call_next<'py>(words: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    let py = words.py();
    let Some((call, at)) = hooked_call(py) else {
        return Err(failure::misuse("Can not get CommandHook ctx"));
    };
    let arguments = words
        .as_slice()
        .iter()
        .map(convert::argument)
        .collect::<PyResult<Vec<_>>>()?;
    let arguments: Vec<&[u8]> = arguments.iter().map(AsRef::as_ref).collect();
    match hook::call_next(py, &call, at, &arguments) {
        Ok(answer) => convert::of_answer(py, &answer),
        Err(error) => Err(failure::misuse(&error.message)),
    }
}
