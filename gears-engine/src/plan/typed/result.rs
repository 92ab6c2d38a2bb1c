//! What a function returned, as the result of its step.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyList, PyString};

use super::argument::bytes;
use crate::python::{float, json};

/// What a function says that it returns.
#[derive(Clone, Copy)]
pub(super) enum Returned {
    Nothing,
    Text,
    Integer,
    Float,
    Boolean,
    Bytes,
    Json,
    Anything,
}

impl Returned {
    /// Reads how scripts write it.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "nothing" => Self::Nothing,
            "str" => Self::Text,
            "int" => Self::Integer,
            "float" => Self::Float,
            "bool" => Self::Boolean,
            "bytes" => Self::Bytes,
            "JSON" => Self::Json,
            "anything" => Self::Anything,
            _ => return None,
        })
    }

    /// Makes the result of a value: a record, or a list of them; nothing where Python has to say what becomes of it.
    /// Text stays text where nobody but the client sees it, and it is neither a status nor an error for them.
    pub(super) fn result<'py>(
        self,
        value: Bound<'py, PyAny>,
        is_last: bool,
    ) -> Result<Bound<'py, PyAny>, Bound<'py, PyAny>> {
        let py = value.py();
        let made = match self {
            Self::Nothing => list(py, None),
            Self::Json | Self::Anything if value.is_none() => list(py, None),
            Self::Anything => list(py, Some(&value)),
            Self::Text => match value.cast_exact::<PyString>().map(|text| text.to_str()) {
                Ok(Ok(text)) if is_last && !text.starts_with(['+', '-']) => return Ok(value),
                Ok(Ok(text)) => bytes(py, text.as_bytes()),
                _ => None,
            },
            Self::Bytes if value.is_exact_instance_of::<PyBytes>() => return Ok(value),
            Self::Boolean if value.is_exact_instance_of::<PyBool>() => return Ok(value),
            Self::Integer if is_short(&value) => return Ok(value),
            Self::Bytes | Self::Boolean | Self::Integer => None,
            Self::Float => float_text(&value).and_then(|text| bytes(py, &text)),
            Self::Json => json::write(&value).and_then(|json| bytes(py, &json)),
        };
        made.ok_or(value)
    }
}

fn list<'py>(py: Python<'py>, value: Option<&Bound<'py, PyAny>>) -> Option<Bound<'py, PyAny>> {
    Some(PyList::new(py, value).ok()?.into_any())
}

/// Says whether a value is an integer of 64 bits.
fn is_short(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyInt>() && value.extract::<i64>().is_ok()
}

fn float_text(value: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(32);
    float::write(&mut text, value.cast_exact::<PyFloat>().ok()?)?;
    Some(text)
}
