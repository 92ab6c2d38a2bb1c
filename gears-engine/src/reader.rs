//! Where records come from.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};
use std::vec;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};

use crate::api::{Bring, Context, KeyBatch, KeyValue, Scanner, ValueView};
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
            } => Source::Keys(Keys::new(pattern, read_value)),
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
                let value =
                    read_value.then(|| lock::with_redis(py, |redis| KeyValue::read(redis, &name)));
                let view = value.as_ref().map(ValueView::Other);
                Ok(Some(convert::key_record(py, &name, view.as_ref(), None)?))
            }
            Self::Keys(keys) => keys.next(py),
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

/// A scan that goes on while Python deals with what it has brought.
///
/// The first step runs where it is; when there is more, a thread of its own
/// does the others, so that reading keys and running Python overlap.
struct KeyScan {
    first: Option<Scanner>,
    ahead: Option<(Receiver<KeyBatch>, JoinHandle<()>)>,
}

/// How many batches may be ready before Python asks for them.
const AHEAD: usize = 2;

impl KeyScan {
    fn begin(scanner: Scanner) -> Self {
        Self {
            first: Some(scanner),
            ahead: None,
        }
    }

    fn next(&mut self, py: Python<'_>) -> std::io::Result<Option<KeyBatch>> {
        if let Some(mut scanner) = self.first.take() {
            let batch = lock::with_redis(py, |context| scanner.step(context));
            if !scanner.is_done() {
                self.go_ahead(scanner)?;
            }
            return Ok(batch);
        }
        let Some((ready, thread)) = self.ahead.take() else {
            return Ok(None);
        };
        let (batch, ready) = py.detach(move || (ready.recv().ok(), ready));
        self.ahead = Some((ready, thread));
        Ok(batch)
    }

    fn go_ahead(&mut self, mut scanner: Scanner) -> std::io::Result<()> {
        let (send, ready) = sync_channel(AHEAD);
        let thread = thread::Builder::new()
            .name("gears-scan".to_owned())
            .spawn(move || {
                while let Some(batch) = lock::without_python(|context| scanner.step(context)) {
                    if send.send(batch).is_err() {
                        // Nobody wants more.
                        return;
                    }
                }
            })?;
        self.ahead = Some((ready, thread));
        Ok(())
    }
}

impl Drop for KeyScan {
    /// Waits for the thread without the GIL: it may be waiting for the Redis
    /// lock, whose holder may be waiting for the GIL.
    fn drop(&mut self) {
        if let Some((ready, thread)) = self.ahead.take() {
            Python::attach(|py| {
                py.detach(move || {
                    drop(ready);
                    let _ = thread.join();
                });
            });
        }
    }
}

/// The keys of a KeysReader.
pub(crate) struct Keys {
    pattern: Vec<u8>,
    read_value: bool,
    /// `None` before the first record is asked for.
    scan: Option<KeyScan>,
    read: KeyBatch,
    /// The place of the next key in what was read.
    next: usize,
}

impl Keys {
    fn new(pattern: Vec<u8>, read_value: bool) -> Self {
        Self {
            pattern,
            read_value,
            scan: None,
            read: KeyBatch::default(),
            next: 0,
        }
    }

    fn bring(&self) -> Bring {
        if self.read_value {
            Bring::NamesAndValues
        } else {
            Bring::Names
        }
    }

    fn next<'py>(&mut self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>, Broken> {
        loop {
            if let Some((name, value)) = self.read.get(self.next) {
                self.next += 1;
                return Ok(Some(convert::key_record(py, name, value.as_ref(), None)?));
            }
            match self.next_batch(py, self.bring())? {
                None => return Ok(None),
                Some(read) => {
                    self.read = read;
                    self.next = 0;
                }
            }
        }
    }

    /// Counts all keys, for a plan that does nothing else with them.
    fn count(&mut self, py: Python<'_>) -> Result<usize, Broken> {
        if self.pattern == b"*"
            && let Some(count) = lock::with_redis(py, Context::exact_key_count)
        {
            return Ok(count);
        }
        let mut count = 0;
        while let Some(batch) = self.next_batch(py, Bring::Count)? {
            count += batch.count();
            // Where the watchdog can end it.
            py.check_signals()?;
        }
        Ok(count)
    }

    fn next_batch(&mut self, py: Python<'_>, bring: Bring) -> Result<Option<KeyBatch>, Broken> {
        let pattern = &self.pattern;
        let scan = self
            .scan
            .get_or_insert_with(|| KeyScan::begin(Scanner::new(pattern.clone(), bring)));
        scan.next(py).map_err(|error| {
            Broken::Server(format!("ERR the system gives no thread to scan: {error}"))
        })
    }
}

/// The names of keys (spec section 3.3).
pub(crate) struct KeyNames {
    /// What the script asked for, until the first name is wanted.
    asked: Option<Asked>,
    scan: Option<KeyScan>,
    read: KeyBatch,
    /// The place of the next key in what was read.
    next: usize,
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
            scan: None,
            read: KeyBatch::default(),
            next: 0,
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
            self.scan = Some(KeyScan::begin(Scanner::new(bytes, Bring::Names)));
        }
        loop {
            if let Some((name, _)) = self.read.get(self.next) {
                self.next += 1;
                return Ok(Some(convert::text_or_bytes(py, name)));
            }
            let Some(scan) = &mut self.scan else {
                return Ok(None);
            };
            match scan.next(py)? {
                None => return Ok(None),
                Some(read) => {
                    self.read = read;
                    self.next = 0;
                }
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
