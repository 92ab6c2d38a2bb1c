//! Where records come from.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};

use crate::api::{Bring, Context, KeyBatch, KeyValue, Scanner, ValueView};
use crate::plan::{Pipeline, Progress};
use crate::python::{convert, failure};
use crate::{execution, lock};

/// The readers by their names in scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReaderKind {
    Keys,
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

    /// Sends all records through the pipeline.
    pub(crate) fn feed<'py>(&self, py: Python<'py>, pipeline: &mut Pipeline<'_, 'py>) {
        match self {
            Self::ShardsId => {
                pipeline.push(PyString::new(py, "1").into_any());
            }
            Self::Stream { key, from } => feed_stream(py, key, from, pipeline),
            Self::Python(generator) => feed_python(py, generator, pipeline),
            Self::Keys {
                pattern,
                no_scan: true,
                read_value,
            } => feed_key(py, pattern, *read_value, pipeline),
            Self::Keys {
                pattern,
                no_scan: false,
                read_value,
            } => feed_keys(py, pattern, *read_value, pipeline),
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

fn feed_python<'py>(py: Python<'py>, function: &Py<PyAny>, pipeline: &mut Pipeline<'_, 'py>) {
    loop {
        let made = match function.bind(py).call0() {
            Ok(made) => made,
            Err(error) => return pipeline.fail(error),
        };
        // SAFETY: the pointer is a live object, whose type is compared.
        if unsafe { pyo3::ffi::PyGen_Check(made.as_ptr()) } == 0 {
            // Anything but a generator is a record, and the function is called
            // again until the plan has enough (spec section 3.5).
            if pipeline.push(made) == Progress::Stop {
                return;
            }
            continue;
        }
        let records = match made.try_iter() {
            Ok(records) => records,
            Err(error) => return pipeline.fail(error),
        };
        for record in records {
            match record {
                Err(error) => return pipeline.fail(error),
                Ok(record) => {
                    if pipeline.push(record) == Progress::Stop {
                        return;
                    }
                }
            }
        }
        return;
    }
}

fn feed_key<'py>(py: Python<'py>, name: &[u8], read_value: bool, pipeline: &mut Pipeline<'_, 'py>) {
    let value = read_value.then(|| lock::with_redis(py, |context| KeyValue::read(context, name)));
    let view = value.as_ref().map(ValueView::Other);
    match convert::key_record(py, name, view.as_ref(), None) {
        Ok(record) => {
            pipeline.push(record);
        }
        Err(error) => pipeline.fail(error),
    }
}

/// How many entries are read at once.
const STREAM_STEP: &[u8] = b"1000";

fn feed_stream<'py>(py: Python<'py>, key: &[u8], from: &[u8], pipeline: &mut Pipeline<'_, 'py>) {
    let mut from = from.to_vec();
    loop {
        let read = lock::with_redis(py, |context| {
            context.call(
                b"XREAD",
                &[b"COUNT", STREAM_STEP, b"STREAMS", key, from.as_slice()],
            )
        });
        let entries = match read {
            Ok(answer) => execution::entries(answer),
            Err(failure) => return pipeline.fail_with(failure.message),
        };
        let Some(last) = entries.last() else { return };
        from = last.id.clone();
        for entry in &entries {
            match execution::entry_record(py, key, entry) {
                Err(error) => return pipeline.fail(error),
                Ok(record) => {
                    if pipeline.push(record) == Progress::Stop {
                        return;
                    }
                }
            }
        }
    }
}

fn feed_keys<'py>(
    py: Python<'py>,
    pattern: &[u8],
    read_value: bool,
    pipeline: &mut Pipeline<'_, 'py>,
) {
    let bring = if pipeline.only_counts() {
        Bring::Count
    } else if read_value {
        Bring::NamesAndValues
    } else {
        Bring::Names
    };
    if bring == Bring::Count
        && pattern == b"*"
        && let Some(count) = lock::with_redis(py, Context::exact_key_count)
    {
        pipeline.push_uncounted(count);
        return;
    }
    let mut scan = KeyScan::begin(Scanner::new(pattern.to_vec(), bring));
    loop {
        match scan.next(py) {
            Ok(Some(keys)) => {
                if push_keys(py, &keys, bring, pipeline) == Progress::Stop {
                    break;
                }
            }
            Ok(None) => break,
            Err(error) => {
                pipeline.fail_with(format!("ERR the system gives no thread to scan: {error}"));
                break;
            }
        }
    }
    scan.end(py);
}

fn push_keys<'py>(
    py: Python<'py>,
    keys: &KeyBatch,
    bring: Bring,
    pipeline: &mut Pipeline<'_, 'py>,
) -> Progress {
    if bring == Bring::Count {
        return pipeline.push_uncounted(keys.count());
    }
    for (name, value) in keys.iter() {
        match convert::key_record(py, name, value.as_ref(), None) {
            Err(error) => {
                pipeline.fail(error);
                return Progress::Stop;
            }
            Ok(record) => {
                if pipeline.push(record) == Progress::Stop {
                    return Progress::Stop;
                }
            }
        }
    }
    Progress::Continue
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

    /// Waits for the thread without the GIL: it may be waiting for the Redis
    /// lock, whose holder may be waiting for the GIL.
    fn end(self, py: Python<'_>) {
        if let Some((ready, thread)) = self.ahead {
            py.detach(|| {
                drop(ready);
                let _ = thread.join();
            });
        }
    }
}
