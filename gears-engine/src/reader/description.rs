//! A reader on its way to another shard: what it is as bytes, and what it calls among the
//! callbacks of its function.

use gears_model::plan::CallbackId;
use gears_model::wire::{Damaged, Reader as Bytes};
use pyo3::prelude::*;

use super::BatchReader;
use super::key_names::KeyNames;
use crate::plan::Callbacks;

mod kind {
    pub(super) const KEYS: u8 = 1;
    pub(super) const STREAM: u8 = 2;
    pub(super) const KEY_NAMES: u8 = 3;
    pub(super) const PYTHON: u8 = 4;
    pub(super) const SHARDS_ID: u8 = 5;
}

impl BatchReader {
    /// Describes the reader; what it calls is added to the callbacks.
    pub(crate) fn describe(&self, py: Python<'_>, callbacks: &mut Callbacks) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::Keys {
                pattern,
                no_scan,
                read_value,
            } => {
                bytes.extend([kind::KEYS, u8::from(*no_scan), u8::from(*read_value)]);
                bytes.extend(pattern);
            }
            Self::Stream { key, from } => {
                bytes.push(kind::STREAM);
                bytes.extend((from.len() as u64).to_le_bytes());
                bytes.extend(from);
                bytes.extend(key);
            }
            Self::KeyNames(names) => {
                bytes.push(kind::KEY_NAMES);
                for object in names.asked(py) {
                    bytes.extend(callbacks.add(object).0.to_le_bytes());
                }
            }
            Self::Python(function) => {
                bytes.push(kind::PYTHON);
                bytes.extend(callbacks.add(function.clone_ref(py)).0.to_le_bytes());
            }
            Self::ShardsId => bytes.push(kind::SHARDS_ID),
        }
        bytes
    }

    /// Makes the reader that was described.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the description.
    pub(crate) fn described(
        py: Python<'_>,
        bytes: &[u8],
        callbacks: &Callbacks,
    ) -> Result<Self, Damaged> {
        let damaged = || Damaged::new("a reader is not known");
        let (kind, rest) = bytes.split_first().ok_or_else(damaged)?;
        Ok(match (*kind, rest) {
            (kind::KEYS, [no_scan, read_value, pattern @ ..]) => Self::Keys {
                pattern: pattern.to_vec(),
                no_scan: *no_scan == 1,
                read_value: *read_value == 1,
            },
            (kind::STREAM, rest) => {
                let length = usize::try_from(Bytes::new(rest).number()?).map_err(|_| damaged())?;
                let rest = rest.get(8..).ok_or_else(damaged)?;
                let (from, key) = rest.split_at_checked(length).ok_or_else(damaged)?;
                Self::Stream {
                    key: key.to_vec(),
                    from: from.to_vec(),
                }
            }
            (kind::KEY_NAMES, rest) => {
                let objects = objects(py, rest, callbacks)?;
                Self::KeyNames(KeyNames::of_asked(objects).ok_or_else(damaged)?)
            }
            (kind::PYTHON, rest) => {
                let mut objects = objects(py, rest, callbacks)?;
                Self::Python(objects.pop().ok_or_else(damaged)?)
            }
            (kind::SHARDS_ID, []) => Self::ShardsId,
            _ => return Err(damaged()),
        })
    }
}

/// Finds the objects that a description names by their places.
fn objects(py: Python<'_>, bytes: &[u8], callbacks: &Callbacks) -> Result<Vec<Py<PyAny>>, Damaged> {
    let mut bytes = Bytes::new(bytes);
    let mut objects = Vec::new();
    while !bytes.is_at_end() {
        let id = CallbackId(bytes.number()?);
        if !callbacks.has(id) {
            return Err(Damaged::new("a callback is missing"));
        }
        objects.push(callbacks.at(py, id).clone().unbind());
    }
    Ok(objects)
}
