//! What a word of a command is as an argument.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyFloat, PyInt, PyString};

use crate::python::json;

/// So many digits are a number of 64 bits, whatever they are.
const DIGITS: usize = 18;

/// One argument.
pub(super) struct Argument {
    /// Which one it is for the body.
    pub(super) place: usize,
    pub(super) takes: Takes,
}

/// What an argument is made of.
#[derive(Clone, Copy)]
pub(super) struct Takes {
    kind: Kind,
    /// Whether it travels as JSON and may be null, or is left out.
    pub(super) is_optional: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Integer,
    Float,
    Boolean,
    Bytes,
    Json,
}

impl Takes {
    /// Reads how scripts write it.
    pub(super) fn parse(word: &str) -> Option<Self> {
        let (kind, is_optional) = match word.strip_suffix(" or None") {
            Some(kind) => (kind, true),
            None => (word, false),
        };
        let kind = match kind {
            "str" => Kind::Text,
            "int" => Kind::Integer,
            "float" => Kind::Float,
            "bool" => Kind::Boolean,
            "bytes" => Kind::Bytes,
            "JSON" => Kind::Json,
            _ => return None,
        };
        Some(Self { kind, is_optional })
    }

    /// Makes the value of a word; nothing where Python has to say what becomes of it.
    pub(super) fn value<'py>(self, word: Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
        // What is not UTF-8 is no text.
        let Ok(text) = word.cast_exact::<PyString>() else {
            return match self.kind {
                Kind::Bytes if !self.is_optional => of_bytes(&word),
                _ => None,
            };
        };
        if self.is_optional || matches!(self.kind, Kind::Json) {
            let value = json::read(word.py(), text.to_str().ok()?)?;
            return if self.is_optional {
                self.kind.of_json(value)
            } else {
                Some(value)
            };
        }
        match self.kind {
            Kind::Text | Kind::Json => Some(word),
            Kind::Integer => integer(text),
            Kind::Float => {
                // SAFETY: the function returns a number of its own, or null with an exception.
                owned(text.py(), unsafe { ffi::PyFloat_FromString(text.as_ptr()) })
            }
            Kind::Boolean => match text.to_str().ok()? {
                "1" | "True" | "true" => Some(truth(text.py(), true)),
                "0" | "False" | "false" => Some(truth(text.py(), false)),
                _ => None,
            },
            Kind::Bytes => bytes(text.py(), text.to_str().ok()?.as_bytes()),
        }
    }
}

impl Kind {
    /// Makes the value of what stood in the JSON of an optional argument.
    fn of_json(self, value: Bound<'_, PyAny>) -> Option<Bound<'_, PyAny>> {
        if value.is_none() {
            return Some(value);
        }
        match self {
            Self::Text => value.is_exact_instance_of::<PyString>().then_some(value),
            Self::Integer => value.is_exact_instance_of::<PyInt>().then_some(value),
            Self::Boolean => value.is_exact_instance_of::<PyBool>().then_some(value),
            Self::Float if value.is_exact_instance_of::<PyFloat>() => Some(value),
            Self::Float if value.is_exact_instance_of::<PyInt>() => {
                // SAFETY: the function returns a number of its own, or null with an exception.
                owned(value.py(), unsafe { ffi::PyNumber_Float(value.as_ptr()) })
            }
            Self::Float => None,
            Self::Bytes => base64(&value),
            Self::Json => Some(value),
        }
    }
}

fn truth(py: Python<'_>, truth: bool) -> Bound<'_, PyAny> {
    PyBool::new(py, truth).to_owned().into_any()
}

/// Makes a number as `int` does, of what `int` takes as well.
fn integer<'py>(text: &Bound<'py, PyString>) -> Option<Bound<'py, PyAny>> {
    let py = text.py();
    let word = text.to_str().ok()?;
    let digits = word.strip_prefix('-').unwrap_or(word);
    if (1..=DIGITS).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()) {
        let value = digits
            .bytes()
            .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
        let value = if digits.len() < word.len() {
            -value
        } else {
            value
        };
        // SAFETY: the function returns a number of its own, or null with an exception.
        return owned(py, unsafe { ffi::PyLong_FromLongLong(value) });
    }
    py.get_type::<PyInt>().call1((text,)).ok()
}

fn of_bytes<'py>(word: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let word = word.cast_exact::<PyByteArray>().ok()?;
    // SAFETY: the pointer is a live bytearray; the function returns bytes of their own, or null with an exception.
    owned(word.py(), unsafe { ffi::PyBytes_FromObject(word.as_ptr()) })
}

/// Makes bytes, for which there may be no memory.
pub(super) fn bytes<'py>(py: Python<'py>, bytes: &[u8]) -> Option<Bound<'py, PyAny>> {
    let length = isize::try_from(bytes.len()).ok()?;
    // SAFETY: the function copies as many bytes as there are, and returns an object of its own, or null with an exception.
    owned(py, unsafe {
        ffi::PyBytes_FromStringAndSize(bytes.as_ptr().cast(), length)
    })
}

fn base64<'py>(value: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    static DECODE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let text = value.cast_exact::<PyString>().ok()?;
    let decode = DECODE.import(value.py(), "binascii", "a2b_base64").ok()?;
    let decoded = decode.call1((text,)).ok()?;
    decoded.is_exact_instance_of::<PyBytes>().then_some(decoded)
}

/// Takes what Python made, if it made anything.
fn owned(py: Python<'_>, made: *mut ffi::PyObject) -> Option<Bound<'_, PyAny>> {
    // SAFETY: who calls this has a reference of its own, or null with an exception, which goes.
    unsafe { Bound::from_owned_ptr_or_err(py, made) }.ok()
}
