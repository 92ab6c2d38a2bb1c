//! Entries of streams.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gears_server::Answer;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::python::convert;

/// An entry of a stream.
pub(crate) struct Entry {
    pub(crate) id: Vec<u8>,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Reads the answer to a read of one stream:
/// `[[key, [[id, [field, value, …]], …]]]`.
pub(crate) fn entries(answer: Answer) -> Vec<Entry> {
    let elements = |answer| match answer {
        Some(Answer::Array(elements)) => elements,
        _ => Vec::new(),
    };
    let stream = elements(Some(answer)).into_iter().next();
    let read = elements(stream).into_iter().nth(1);
    elements(read).into_iter().filter_map(entry).collect()
}

fn entry(answer: Answer) -> Option<Entry> {
    let Answer::Array(parts) = answer else {
        return None;
    };
    let mut parts = parts.into_iter();
    let Some(Answer::Text(id)) = parts.next() else {
        return None;
    };
    // An entry that was deleted after its delivery has no fields any more; it
    // is acknowledged with the others.
    let fields = match parts.next() {
        Some(Answer::Array(fields)) => fields,
        _ => Vec::new(),
    };
    let texts: Vec<_> = fields
        .into_iter()
        .map(|field| match field {
            Answer::Text(text) => text,
            _ => Vec::new(),
        })
        .collect();
    let fields = texts
        .chunks(2)
        .filter_map(|pair| Some((pair.first()?.clone(), pair.get(1)?.clone())))
        .collect();
    Some(Entry { id, fields })
}

/// Makes the record of an entry.
pub(crate) fn entry_record<'py>(
    py: Python<'py>,
    key: &[u8],
    entry: &Entry,
) -> PyResult<Bound<'py, PyAny>> {
    let record = PyDict::new(py);
    record.set_item(pyo3::intern!(py, "key"), convert::text_or_bytes(py, key)?)?;
    record.set_item(
        pyo3::intern!(py, "id"),
        convert::text_or_bytes(py, &entry.id)?,
    )?;
    record.set_item(
        pyo3::intern!(py, "value"),
        convert::fields(py, &entry.fields)?,
    )?;
    Ok(record.into_any())
}

/// How long ago an entry was added, by the time in its id.
pub(crate) fn lag(id: &[u8]) -> Duration {
    let added = std::str::from_utf8(id)
        .ok()
        .and_then(|id| id.split('-').next()?.parse().ok())
        .map(Duration::from_millis);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    added.map_or(Duration::ZERO, |added| now.saturating_sub(added))
}
