//! A reader at work.

use std::collections::VecDeque;
use std::vec;

use gears_server::{KeyValue, ValueView};
use pyo3::prelude::*;

use super::broken::Broken;
use super::entry::{Entry, entries, entry_record};
use super::key_names::KeyNames;
use super::keys::Keys;
use crate::cluster;
use crate::lock;
use crate::python::{convert, failure};

/// A reader at work: brings one record after another, and can be put aside in
/// between.
pub(crate) enum Source {
    /// One record that is there already, or none.
    Record(Option<Py<PyAny>>),
    /// Records that are there already.
    Records(VecDeque<Py<PyAny>>),
    Key {
        name: Option<Vec<u8>>,
        read_value: bool,
    },
    Keys(Keys),
    KeyNames(KeyNames),
    Stream {
        key: Vec<u8>,
        from: Vec<u8>,
        read: vec::IntoIter<Entry>,
    },
    Python {
        function: Py<PyAny>,
        generator: Option<Py<PyAny>>,
    },
}

/// How many entries of a stream are read at once.
const STREAM_STEP: &[u8] = b"1000";

impl Source {
    /// Makes a source of one record.
    pub(crate) fn record(record: Py<PyAny>) -> Self {
        Self::Record(Some(record))
    }

    /// Counts the records without making them, where that is possible.
    pub(crate) fn count(&mut self, py: Python<'_>) -> Option<Result<usize, Broken>> {
        match self {
            Self::Keys(keys) => Some(keys.count(py)),
            _ => None,
        }
    }

    /// Brings the next record; `None` when there is no more.
    pub(crate) fn next<'py>(
        &mut self,
        py: Python<'py>,
    ) -> Result<Option<Bound<'py, PyAny>>, Broken> {
        match self {
            Self::Record(record) => Ok(record.take().map(|record| record.into_bound(py))),
            Self::Records(records) => Ok(records.pop_front().map(|record| record.into_bound(py))),
            Self::Key { name, read_value } => {
                let Some(name) = name.take() else {
                    return Ok(None);
                };
                let value = read_value
                    .then(|| lock::with_redis(py, |redis| KeyValue::read(redis, &name)))
                    .transpose()?;
                let view = value.as_ref().map(ValueView::Other);
                Ok(Some(convert::key_record(py, &name, view.as_ref(), None)?))
            }
            Self::Keys(keys) => keys.next(py),
            Self::KeyNames(names) => names.next(py).map_err(Broken::Python),
            Self::Stream { key, from, read } => loop {
                if let Some(entry) = read.next() {
                    return Ok(Some(entry_record(py, key, &entry)?));
                }
                let answer = lock::with_redis(py, |context| {
                    let words = [b"COUNT", STREAM_STEP, b"STREAMS", key, from.as_slice()];
                    context.call(b"XREAD", &words)
                });
                let entries = match answer {
                    // The shard that serves it reads it.
                    Err(failure) if failure.is_elsewhere() && cluster::has_others() => Vec::new(),
                    answer => entries(answer?),
                };
                let Some(last) = entries.last() else {
                    return Ok(None);
                };
                from.clone_from(&last.id);
                *read = entries.into_iter();
            },
            Self::Python {
                function,
                generator,
            } => next_of_python(py, function, generator).map_err(Broken::Python),
        }
    }
}

fn next_of_python<'py>(
    py: Python<'py>,
    function: &Py<PyAny>,
    generator: &mut Option<Py<PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    if generator.is_none() {
        let made = function.bind(py).call0()?;
        // SAFETY: the pointer is a live object, whose type is compared.
        if unsafe { pyo3::ffi::PyGen_Check(made.as_ptr()) } == 0 {
            // RedisGears calls the function again and again, without an end.
            return Err(failure::misuse(&format!(
                "the function of a PythonReader must be a generator, one that says `yield`; \
                 this one returned {}",
                made.get_type().name()?.to_string_lossy()
            )));
        }
        *generator = Some(made.unbind());
    }
    match generator {
        Some(generator) => generator.bind(py).try_iter()?.next().transpose(),
        None => Ok(None),
    }
}
