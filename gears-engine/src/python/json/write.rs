//! Writes Python's objects as JSON.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde_json::ser::{CompactFormatter, Formatter as _};

use crate::python::float;

/// So much room there is from the beginning, and in most cases for all of it.
const ROOM: usize = 512;

/// What is nested deeper may contain itself.
const DEEPEST: usize = 64;

/// What is longer is made in Python's memory, which has a limit.
const LONGEST: usize = 1 << 24;

/// Writes what Python's `json.dumps` writes without spaces, without `NaN` and with letters as they are; nothing where
/// that has to be asked itself.
pub(crate) fn write(value: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    let mut json = Vec::with_capacity(ROOM);
    write_at(&mut json, value, 0)?;
    Some(json)
}

fn write_at(json: &mut Vec<u8>, value: &Bound<'_, PyAny>, depth: usize) -> Option<()> {
    if let Ok(text) = value.cast_exact::<PyString>() {
        write_text(json, text)
    } else if value.is_none() {
        CompactFormatter.write_null(json).ok()
    } else if let Ok(number) = value.cast_exact::<PyInt>() {
        CompactFormatter
            .write_i64(json, number.extract().ok()?)
            .ok()
    } else if let Ok(truth) = value.cast_exact::<PyBool>() {
        CompactFormatter.write_bool(json, truth.is_true()).ok()
    } else if let Ok(number) = value.cast_exact::<PyFloat>() {
        number.value().is_finite().then_some(())?;
        float::write(json, number)
    } else if depth == DEEPEST || json.len() > LONGEST {
        None
    } else if let Ok(dict) = value.cast_exact::<PyDict>() {
        write_dict(json, dict, depth)
    } else if let Ok(list) = value.cast_exact::<PyList>() {
        write_elements(json, list.iter(), depth)
    } else {
        write_elements(json, value.cast_exact::<PyTuple>().ok()?.iter(), depth)
    }
}

fn write_dict(json: &mut Vec<u8>, dict: &Bound<'_, PyDict>, depth: usize) -> Option<()> {
    json.push(b'{');
    for (place, (key, value)) in dict.iter().enumerate() {
        if place > 0 {
            json.push(b',');
        }
        write_text(json, key.cast_exact::<PyString>().ok()?)?;
        json.push(b':');
        write_at(json, &value, depth + 1)?;
    }
    json.push(b'}');
    Some(())
}

fn write_elements<'py>(
    json: &mut Vec<u8>,
    elements: impl Iterator<Item = Bound<'py, PyAny>>,
    depth: usize,
) -> Option<()> {
    json.push(b'[');
    for (place, element) in elements.enumerate() {
        if place > 0 {
            json.push(b',');
        }
        write_at(json, &element, depth + 1)?;
    }
    json.push(b']');
    Some(())
}

fn write_text(json: &mut Vec<u8>, text: &Bound<'_, PyString>) -> Option<()> {
    let text = text.to_str().ok()?;
    if json.len().saturating_add(text.len()) > LONGEST {
        return None;
    }
    serde_json::to_writer(json, text).ok()
}
