//! Where records come from.

pub(crate) mod broken;
mod description;
pub(crate) mod entry;
mod key_names;
mod keys;
pub(crate) mod keyword;
pub(crate) mod kind;
pub(crate) mod option;
mod partial;
mod scan;
pub(crate) mod source;

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};

use crate::cluster;
use crate::plan::Function;
use crate::python::failure;
pub(crate) use broken::Broken;
use key_names::KeyNames;
use keys::Keys;
pub(crate) use kind::ReaderKind;
pub(crate) use source::Source;

/// A reader that runs once over what there is.
pub(crate) enum BatchReader {
    Keys {
        pattern: Vec<u8>,
        no_scan: bool,
        read_value: bool,
    },
    Stream {
        key: Vec<u8>,
        from: Vec<u8>,
    },
    KeyNames(KeyNames),
    Python(Py<PyAny>),
    ShardsId,
}

impl BatchReader {
    /// Prepares a reader from what `run` was given.
    ///
    /// # Errors
    ///
    /// `gears.error` for readers that do not run and for wrong arguments.
    pub(crate) fn new(
        kind: ReaderKind,
        argument: Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        match kind {
            ReaderKind::Command => Err(failure::misuse(
                "Given reader do not support run or not exists",
            )),
            ReaderKind::ShardsId => Ok(Self::ShardsId),
            ReaderKind::KeyNames => KeyNames::new(argument, options).map(Self::KeyNames),
            ReaderKind::Stream => {
                let key = argument
                    .cast_into::<PyString>()
                    .map_err(|_| failure::misuse("regex argument must be a string"))?;
                let from = match options
                    .map(|options| options.get_item("fromId"))
                    .transpose()?
                {
                    Some(Some(from)) => from
                        .cast_into::<PyString>()
                        .map_err(|_| failure::misuse("fromId argument must be a string"))?
                        .to_string_lossy()
                        .into_owned(),
                    _ => "0-0".to_owned(),
                };
                Ok(Self::Stream {
                    key: key.to_string_lossy().into_owned().into_bytes(),
                    from: from.into_bytes(),
                })
            }
            ReaderKind::Python => {
                // SAFETY: the pointer is a live object, whose type is compared.
                if unsafe { pyo3::ffi::PyFunction_Check(argument.as_ptr()) } == 0 {
                    return Err(failure::misuse("pyreader argument must be a function"));
                }
                Ok(Self::Python(argument.unbind()))
            }
            ReaderKind::Keys => {
                let pattern = argument
                    .cast_into::<PyString>()
                    .map_err(|_| failure::misuse("regex argument must be a string"))?;
                Ok(Self::Keys {
                    pattern: pattern.to_string_lossy().into_owned().into_bytes(),
                    no_scan: flag(options, "noScan", false, "exactMatch")?,
                    read_value: flag(options, "readValue", true, "readValue")?,
                })
            }
        }
    }

    /// Says whether each key of the database is a record.
    pub(crate) fn reads_all_keys(&self) -> bool {
        matches!(self, Self::Keys { pattern, no_scan: false, .. } if pattern == b"*")
    }

    /// Begins to read for a function.
    pub(crate) fn open(self, py: Python<'_>, function: &Arc<Function>) -> Source {
        match self {
            Self::ShardsId => {
                let id = cluster::shard_id();
                let id = if cluster::is_alone() {
                    "1"
                } else {
                    id.as_str()
                };
                Source::record(PyString::new(py, id).into_any().unbind())
            }
            Self::Stream { key, from } => Source::Stream {
                key,
                from,
                read: Vec::new().into_iter(),
            },
            Self::Python(function) => Source::Python {
                function,
                generator: None,
            },
            Self::KeyNames(names) => Source::KeyNames(names),
            Self::Keys {
                pattern,
                no_scan: true,
                read_value,
            } => Source::Key {
                name: Some(pattern),
                read_value,
            },
            Self::Keys {
                pattern,
                no_scan: false,
                read_value,
            } => Source::Keys(Keys::new(pattern, read_value, Arc::clone(function))),
        }
    }
}

/// Reads an option that must be a bool.
fn flag(
    options: Option<&Bound<'_, PyDict>>,
    name: &str,
    default: bool,
    called: &str,
) -> PyResult<bool> {
    let Some(value) = options
        .map(|options| options.get_item(name))
        .transpose()?
        .flatten()
    else {
        return Ok(default);
    };
    value
        .cast_into::<PyBool>()
        .map(|value| value.is_true())
        .map_err(|_| failure::misuse(&format!("{called} value is not boolean")))
}
