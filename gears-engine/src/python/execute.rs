//! `execute`: a Redis command from Python (spec section 2.4).

use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};

use super::{convert, failure};
use crate::{lock, user};

/// Runs a command on this server and returns its answer.
///
/// # Errors
///
/// `gears.error` with the server's error text.
#[pyfunction]
#[pyo3(signature = (*words))]
pub(super) fn execute<'py>(words: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    let py = words.py();
    let Ok(command) = words.get_item(0) else {
        return Ok(PyList::empty(py).into_any());
    };
    let Ok(command) = command.cast_into::<PyString>() else {
        return Err(failure::misuse("the given command must be a string"));
    };
    let command = command.to_str()?.as_bytes();
    let arguments = words
        .iter()
        .skip(1)
        .map(|word| convert::argument(&word))
        .collect::<PyResult<Vec<_>>>()?;
    let arguments: Vec<&[u8]> = arguments.iter().map(Vec::as_slice).collect();
    let user = user::current(py);
    let answer = lock::with_redis(py, |context| user.call(context, command, &arguments));
    match answer {
        Ok(answer) => convert::of_answer(py, &answer),
        Err(error) => Err(failure::misuse(&error.message)),
    }
}
