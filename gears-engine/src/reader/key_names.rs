//! Keys without their values.

use gears_model::hint;
use gears_server::{Bring, Context, KeyBatch, KeyType, KeyValue, Refusal, Scanner};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};

use super::keyword;
use super::scan::KeyScan;
use crate::cpython::runtime::runtime;
use crate::lock;
use crate::python::{convert, failure};

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
    count: Option<Py<PyAny>>,
}

impl KeyNames {
    /// Reads the arguments of `run`: this reader is a Python function in
    /// RedisGears, and speaks as one of those it does not know.
    pub(super) fn new(
        pattern: Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        const CALLED: &str = "createKeysOnlyReader()";
        let py = pattern.py();
        let mut asked = Asked {
            pattern: pattern.unbind(),
            no_scan: PyBool::new(py, false).to_owned().into_any().unbind(),
            generator: py.None(),
            count: None,
        };
        for (name, value) in options.into_iter().flatten() {
            match name.cast::<PyString>()?.to_str()? {
                "count" => asked.count = Some(value.unbind()),
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
                    let meant = keyword::meant_for_key_names(py, other)?;
                    return Err(PyTypeError::new_err(format!(
                        "{CALLED} got an unexpected keyword argument '{other}'{}",
                        hint(meant.as_deref())
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

    /// Returns what the script asked for, in an order of our own.
    pub(super) fn asked(&self, py: Python<'_>) -> Vec<Py<PyAny>> {
        let Some(asked) = &self.asked else {
            return Vec::new();
        };
        let count = asked.count.as_ref();
        [&asked.pattern, &asked.no_scan, &asked.generator]
            .into_iter()
            .chain(count)
            .map(|object| object.clone_ref(py))
            .collect()
    }

    /// Makes a reader of what [`asked`](Self::asked) returned; nothing of anything else.
    pub(super) fn of_asked(objects: Vec<Py<PyAny>>) -> Option<Self> {
        let mut objects = objects.into_iter();
        let asked = Asked {
            pattern: objects.next()?,
            no_scan: objects.next()?,
            generator: objects.next()?,
            count: objects.next(),
        };
        Some(Self {
            asked: Some(asked),
            scan: None,
            read: KeyBatch::default(),
            next: 0,
        })
    }

    pub(super) fn next<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Some(asked) = self.asked.take() {
            let (pattern, no_scan): (Bound<'py, PyAny>, Bound<'py, PyAny>) = runtime(py)?
                .getattr("key_pattern")?
                .call1((asked.pattern, asked.no_scan, asked.generator))?
                .extract()?;
            let bytes = convert::argument(&pattern)?.into_owned();
            if no_scan.is_truthy()? {
                let there = lock::with_redis(py, |context| exists(context, &bytes));
                return Ok(there.then_some(pattern));
            }
            if let Some(count) = asked.count {
                // RedisGears' reader is a Python function, so there is a traceback.
                check_count(count.bind(py)).map_err(|error| failure::within_shortcut(py, error))?;
            }
            self.scan = Some(KeyScan::begin(Scanner::new(bytes, Bring::Names)));
        }
        loop {
            if let Some((name, _)) = self.read.get(self.next) {
                self.next += 1;
                return Ok(Some(convert::text_or_bytes(py, name)?));
            }
            let Some(scan) = &mut self.scan else {
                return Ok(None);
            };
            match scan.next(py, || Bring::Names)? {
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
        Ok(Ok(_)) => Err(failure::of_refusal(&Refusal::new("syntax error"))),
        _ => Err(failure::of_refusal(&Refusal::new(
            "value is not an integer or out of range",
        ))),
    }
}
