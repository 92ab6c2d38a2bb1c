//! What the server answers to the commands of functions, as Python has it.

use gears_server::scripting::Typed;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt, PyList, PySet, PyTuple};

use super::names::Names;
use super::natives::ErrorReply;
use crate::python::convert;

/// Makes what `server.call` returns of an answer.
///
/// # Errors
///
/// Python's own.
pub(super) fn of_typed<'py>(py: Python<'py>, answer: &Typed) -> PyResult<Bound<'py, PyAny>> {
    let all = |elements: &[Typed]| {
        let elements = elements.iter().map(|element| of_typed(py, element));
        elements.collect::<PyResult<Vec<_>>>()
    };
    Ok(match answer {
        Typed::Nil => py.None().into_bound(py),
        Typed::Bool(truth) => truth.into_pyobject(py)?.to_owned().into_any(),
        Typed::Integer(number) => number.into_pyobject(py)?.into_any(),
        Typed::Double(number) => number.into_pyobject(py)?.into_any(),
        Typed::BigNumber(digits) => py.get_type::<PyInt>().call1((PyBytes::new(py, digits),))?,
        Typed::Text(bytes) => convert::text_or_bytes(py, bytes)?,
        Typed::Status(bytes) => Names::shared(py)?.status(py, &String::from_utf8_lossy(bytes))?,
        Typed::Error(text) => Bound::new(
            py,
            ErrorReply {
                err: String::from_utf8_lossy(text).into_owned(),
            },
        )?
        .into_any(),
        Typed::Array(elements) => PyList::new(py, all(elements)?)?.into_any(),
        Typed::Map(pairs) => {
            let map = PyDict::new(py);
            for (key, value) in pairs {
                map.set_item(as_key(py, key)?, of_typed(py, value)?)?;
            }
            map.into_any()
        }
        Typed::Set(elements) => {
            let keys = elements.iter().map(|element| as_key(py, element));
            let set = PySet::new(py, keys.collect::<PyResult<Vec<_>>>()?)?;
            set.into_any()
        }
    })
}

/// Makes what can be a key or in a set: a text that is not UTF-8 is `bytes`, and lists are tuples.
fn as_key<'py>(py: Python<'py>, answer: &Typed) -> PyResult<Bound<'py, PyAny>> {
    match answer {
        Typed::Text(bytes) if std::str::from_utf8(bytes).is_err() => {
            Ok(PyBytes::new(py, bytes).into_any())
        }
        Typed::Array(elements) | Typed::Set(elements) => {
            let keys = elements.iter().map(|element| as_key(py, element));
            Ok(PyTuple::new(py, keys.collect::<PyResult<Vec<_>>>()?)?.into_any())
        }
        other => of_typed(py, other),
    }
}
