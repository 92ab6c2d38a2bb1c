//! Where records come from.

use std::collections::VecDeque;
use std::vec;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};

use crate::api::{Context, KeyRecord, KeyValue, Scanner};
use crate::execution::{self, Entry};
use crate::lock;
use crate::python::{convert, failure, namespace};
use crate::registration::KeyType;

/// The readers by their names in scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReaderKind {
    Keys,
    KeyNames,
    Stream,
    Python,
    ShardsId,
    Command,
}

impl ReaderKind {
    /// Finds a reader by its name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "KeysReader" => Some(Self::Keys),
            "KeysOnlyReader" => Some(Self::KeyNames),
            "StreamReader" => Some(Self::Stream),
            "PythonReader" => Some(Self::Python),
            "ShardsIDReader" => Some(Self::ShardsId),
            "CommandReader" => Some(Self::Command),
            _ => None,
        }
    }
}

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

    /// Begins to read.
    pub(crate) fn open(self, py: Python<'_>) -> Source {
        match self {
            Self::ShardsId => Source::record(PyString::new(py, "1").into_any().unbind()),
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
            } => Source::Keys {
                scanner: Scanner::new(pattern, read_value),
                read: Vec::new().into_iter(),
            },
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

/// Why a source ended before its end.
pub(crate) enum Broken {
    Python(PyErr),
    /// The server's own text.
    Server(String),
}

impl From<PyErr> for Broken {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

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
    Keys {
        scanner: Scanner,
        read: vec::IntoIter<KeyRecord>,
    },
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
                let value =
                    read_value.then(|| lock::with_redis(py, |redis| KeyValue::read(redis, &name)));
                let record = KeyRecord { name, value };
                Ok(Some(convert::key_record(py, &record, None)?))
            }
            Self::Keys { scanner, read } => loop {
                if let Some(record) = read.next() {
                    return Ok(Some(convert::key_record(py, &record, None)?));
                }
                // Without the GIL, under the Redis lock, a millisecond at most.
                match lock::with_redis(py, |context| scanner.step(context)) {
                    None => return Ok(None),
                    Some(records) => *read = records.into_iter(),
                }
            },
            Self::KeyNames(names) => names.next(py).map_err(Broken::Python),
            Self::Stream { key, from, read } => loop {
                if let Some(entry) = read.next() {
                    return Ok(Some(execution::entry_record(py, key, &entry)?));
                }
                let answer = lock::with_redis(py, |context| {
                    let words = [b"COUNT", STREAM_STEP, b"STREAMS", key, from.as_slice()];
                    context.call(b"XREAD", &words)
                });
                let entries = match answer {
                    Ok(answer) => execution::entries(answer),
                    Err(failure) => return Err(Broken::Server(failure.message)),
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
            // Anything but a generator is a record, and the function is called
            // again until the plan has enough (spec section 3.5).
            return Ok(Some(made));
        }
        *generator = Some(made.unbind());
    }
    match generator {
        Some(generator) => generator.bind(py).try_iter()?.next().transpose(),
        None => Ok(None),
    }
}

/// The names of keys (spec section 3.3).
pub(crate) struct KeyNames {
    /// What the script asked for, until the first name is wanted.
    asked: Option<Asked>,
    scanner: Option<Scanner>,
    read: vec::IntoIter<KeyRecord>,
}

struct Asked {
    pattern: Py<PyAny>,
    no_scan: Py<PyAny>,
    generator: Py<PyAny>,
}

impl KeyNames {
    /// Reads the arguments of `run`: other readers ignore what they do not
    /// know, this one is a Python function in RedisGears and raises.
    fn new(pattern: Bound<'_, PyAny>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        const CALLED: &str = "createKeysOnlyReader()";
        let py = pattern.py();
        let mut asked = Asked {
            pattern: pattern.unbind(),
            no_scan: PyBool::new(py, false).to_owned().into_any().unbind(),
            generator: py.None(),
        };
        for (name, value) in options.into_iter().flatten() {
            match name.cast::<PyString>()?.to_str()? {
                "count" => check_count(&value)?,
                "noScan" => asked.no_scan = value.unbind(),
                "patternGenerator" => asked.generator = value.unbind(),
                // Ours, and for every reader.
                "timeout_ms" => {}
                "pattern" => {
                    return Err(PyTypeError::new_err(format!(
                        "{CALLED} got multiple values for argument 'pattern'"
                    )));
                }
                other => {
                    return Err(PyTypeError::new_err(format!(
                        "{CALLED} got an unexpected keyword argument '{other}'"
                    )));
                }
            }
        }
        Ok(Self {
            asked: Some(asked),
            scanner: None,
            read: Vec::new().into_iter(),
        })
    }

    fn next<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Some(asked) = self.asked.take() {
            let (pattern, no_scan): (Bound<'py, PyAny>, Bound<'py, PyAny>) =
                namespace::runtime(py)?
                    .getattr("key_pattern")?
                    .call1((asked.pattern, asked.no_scan, asked.generator))?
                    .extract()?;
            let bytes = convert::argument(&pattern)?;
            if no_scan.is_truthy()? {
                let there = lock::with_redis(py, |context| exists(context, &bytes));
                return Ok(there.then_some(pattern));
            }
            self.scanner = Some(Scanner::new(bytes, false));
        }
        loop {
            if let Some(record) = self.read.next() {
                return Ok(Some(convert::text_or_bytes(py, &record.name)));
            }
            let Some(scanner) = &mut self.scanner else {
                return Ok(None);
            };
            let step = lock::with_redis(py, |context| {
                let mut names = scanner.step(context)?;
                // A scan through the module API shows expired keys too.
                names.retain(|record| exists(context, &record.name));
                Some(names)
            });
            match step {
                None => return Ok(None),
                Some(names) => self.read = names.into_iter(),
            }
        }
    }
}

fn exists(context: &Context, key: &[u8]) -> bool {
    KeyValue::type_of(context, key) != KeyType::Empty
}

/// `count` is a hint for SCAN, which our scan does not need; what SCAN would
/// refuse is refused.
fn check_count(count: &Bound<'_, PyAny>) -> PyResult<()> {
    let count = convert::argument(count)?;
    match std::str::from_utf8(&count).map(str::parse::<i64>) {
        Ok(Ok(count)) if count > 0 => Ok(()),
        Ok(Ok(_)) => Err(failure::misuse("ERR syntax error")),
        _ => Err(failure::misuse(
            "ERR value is not an integer or out of range",
        )),
    }
}
