//! What one shard brings of a stage, as it crosses a link.

use gears_model::wire::{Fields, Reader, text};
use pyo3::prelude::*;

use crate::execution::waiting::Part;
use crate::python::{failure, value};

mod tag {
    pub(super) const RECORD: u8 = 1;
    pub(super) const ERROR: u8 = 2;
    pub(super) const KEY: u8 = 3;
}

/// Writes a part; records that cannot cross are errors.
pub(super) fn encode(part: &Part) -> Vec<u8> {
    let mut fields = Fields::default();
    for error in &part.errors {
        fields.put(tag::ERROR, error.as_bytes());
    }
    // The watchdog answers in the place of those who do not come back, without Python and
    // without records.
    if !part.records.is_empty() {
        Python::attach(|py| {
            for (place, record) in part.records.iter().enumerate() {
                match value::encode(record.bind(py)) {
                    Some(bytes) => {
                        fields.put_some(tag::KEY, part.keys.get(place));
                        fields.put(tag::RECORD, &bytes);
                    }
                    None => fields.put(tag::ERROR, value::NOT_PLAIN.as_bytes()),
                }
            }
        });
    }
    fields.finish()
}

/// Reads what [`encode`] wrote.
///
/// # Errors
///
/// Says what is wrong with the bytes.
pub(super) fn decode(py: Python<'_>, bytes: &[u8]) -> Result<Part, String> {
    let mut part = Part::default();
    let mut reader = Reader::new(bytes);
    while let Some((tag, field)) = reader.field().map_err(|damaged| damaged.0)? {
        match tag {
            tag::KEY => part.keys.push(field.to_vec()),
            tag::RECORD => part.records.push(record(py, field)?),
            tag::ERROR => part.errors.push(text(field).map_err(|damaged| damaged.0)?),
            _ => {}
        }
    }
    Ok(part)
}

/// Reads a record.
///
/// # Errors
///
/// Says what is wrong with the bytes.
pub(super) fn record(py: Python<'_>, bytes: &[u8]) -> Result<Py<PyAny>, String> {
    let record = value::decode(py, bytes).map_err(|error| failure::text(py, &error))?;
    Ok(record.unbind())
}
