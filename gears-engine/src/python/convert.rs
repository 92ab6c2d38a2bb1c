//! Values between Python and the wire (spec sections 2.3 and 2.4).

use std::borrow::Cow;
use std::collections::HashSet;

use gears_server::{Answer, KeyValue, Refusal, Reply, ValueView, text};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString};

use super::recurring;

/// Lists nested deeper than this are answered with an error at that place;
/// a list that contains itself has no end.
const DEEPEST: usize = 64;

/// How many elements may be answered of lists that were answered before: a
/// few lists that contain each other several times make a reply without end.
const MOST_REPEATED: usize = 1 << 20;

/// From this length on a list's elements are more than Python may have.
const LONG: usize = 1 << 12;

/// The last character of ASCII.
const ASCII: u32 = 127;

/// Makes `str` of bytes that are UTF-8, else `bytearray`.
///
/// Those of a client or a key can be longer than the memory that there is, so
/// this does not use pyo3's constructors, which panic then.
pub(crate) fn text_or_bytes<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let start = bytes.as_ptr().cast();
    let length = isize::try_from(bytes.len())?;
    // Most texts are of ASCII alone, which need no decoding. Python has those of one letter already.
    if bytes.len() > 1 && bytes.is_ascii() {
        // SAFETY: the call returns an object of its own, or null with an exception; nobody else
        // has it, and it has room for so many characters of a byte each.
        return unsafe {
            let made = ffi::PyUnicode_New(length, ASCII);
            let made = Bound::from_owned_ptr_or_err(py, made)?;
            let characters = ffi::PyUnicode_DATA(made.as_ptr()).cast::<u8>();
            characters.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            Ok(made)
        };
    }
    // SAFETY: both functions copy as many bytes as there are, and return an object
    // of their own or null with an exception.
    unsafe {
        let made = match std::str::from_utf8(bytes) {
            Ok(_) => ffi::PyUnicode_FromStringAndSize(start, length),
            Err(_) => ffi::PyByteArray_FromStringAndSize(start, length),
        };
        Bound::from_owned_ptr_or_err(py, made)
    }
}

/// Makes a list of texts or bytes.
pub(crate) fn list_of_texts<'py, 'a>(
    py: Python<'py>,
    texts: impl Iterator<Item = &'a [u8]>,
) -> PyResult<Bound<'py, PyList>> {
    let elements = texts.map(|text| text_or_bytes(py, text));
    list(py, elements.collect::<PyResult<_>>()?)
}

/// Makes a list of a command's words, the first of which is likely to come again.
pub(crate) fn list_of_words<'py, 'a>(
    py: Python<'py>,
    mut words: impl Iterator<Item = &'a [u8]>,
) -> PyResult<Bound<'py, PyList>> {
    let (count, most) = words.size_hint();
    if Some(count) != most || count >= LONG {
        let words = words.map(|word| text_or_bytes(py, word));
        return list(py, words.collect::<PyResult<_>>()?);
    }
    // SAFETY: the call returns a new list with empty places, or null with an exception.
    let list = unsafe {
        let list = ffi::PyList_New(count as ffi::Py_ssize_t);
        Bound::from_owned_ptr_or_err(py, list)?.cast_into_unchecked::<PyList>()
    };
    for at in 0..count {
        let element = match words.next() {
            Some(word) if at == 0 => recurring::text_or_bytes(py, word)?,
            Some(word) => text_or_bytes(py, word)?,
            // An iterator that does not keep its word.
            None => py.None().into_bound(py),
        };
        // SAFETY: the list is new, has that place and nothing in it; it takes the reference.
        unsafe { ffi::PyList_SET_ITEM(list.as_ptr(), at as ffi::Py_ssize_t, element.into_ptr()) };
    }
    Ok(list)
}

/// Makes a list, of which a long one is made bit by bit: that can fail.
fn list<'py>(py: Python<'py>, elements: Vec<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyList>> {
    if elements.len() < LONG {
        return PyList::new(py, elements);
    }
    let list = PyList::empty(py);
    for element in elements {
        list.append(element)?;
    }
    Ok(list)
}

/// Makes what `execute` returns of a server's answer.
pub(crate) fn of_answer<'py>(py: Python<'py>, answer: &Answer) -> PyResult<Bound<'py, PyAny>> {
    Ok(match answer {
        Answer::Nil => py.None().into_bound(py),
        Answer::Integer(number) => number.into_pyobject(py)?.into_any(),
        Answer::Text(bytes) | Answer::Error(bytes) => text_or_bytes(py, bytes)?,
        Answer::Array(elements) => {
            let elements = elements
                .iter()
                .map(|element| of_answer(py, element))
                .collect::<PyResult<Vec<_>>>()?;
            list(py, elements)?.into_any()
        }
    })
}

/// Returns the bytes that a Python value is as a command's argument: its own where they do not
/// change as long as it lives.
pub(crate) fn argument<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [u8]>> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_str()?.as_bytes().into());
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().into());
    }
    if let Ok(bytes) = value.cast::<PyByteArray>() {
        return Ok(bytes.to_vec().into());
    }
    Ok(value.str()?.to_str()?.as_bytes().to_vec().into())
}

/// Makes the record of a key; `event` is what happened to it.
///
/// Without a value, only the event and the key's name are there.
pub(crate) fn key_record<'py>(
    py: Python<'py>,
    name: &[u8],
    value: Option<&ValueView<'_>>,
    event: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(value) = value else {
        let record = PyDict::new(py);
        name_key(&record, name, event)?;
        return Ok(record.into_any());
    };
    let name = text_or_bytes(py, name)?;
    // Copying is quicker than adding four members, and keeps their order.
    let record = record_template(py)?.copy()?;
    if let Some(event) = event {
        let event = recurring::text_or_bytes(py, event.as_bytes())?;
        record.set_item(pyo3::intern!(py, "event"), event)?;
    }
    record.set_item(pyo3::intern!(py, "key"), name)?;
    match value {
        ValueView::String(bytes) => {
            record.set_item(pyo3::intern!(py, "value"), text_or_bytes(py, bytes)?)?;
        }
        ValueView::Other(value) => add_value(&record, value)?,
    }
    Ok(record.into_any())
}

/// Adds the name of a key to a record, and what happened to it.
pub(crate) fn name_key(
    record: &Bound<'_, PyDict>,
    name: &[u8],
    event: Option<&str>,
) -> PyResult<()> {
    let py = record.py();
    let event = event.map(|event| recurring::text_or_bytes(py, event.as_bytes()));
    record.set_item(pyo3::intern!(py, "event"), event.transpose()?)?;
    record.set_item(pyo3::intern!(py, "key"), text_or_bytes(py, name)?)
}

/// Makes the value of a key.
pub(crate) fn value<'py>(py: Python<'py>, value: &ValueView<'_>) -> PyResult<Bound<'py, PyAny>> {
    match value {
        ValueView::String(bytes) => text_or_bytes(py, bytes),
        ValueView::Other(value) => key_value(py, value),
    }
}

/// Adds the value of a key to a record, and its type.
pub(crate) fn add_value(record: &Bound<'_, PyDict>, value: &KeyValue) -> PyResult<()> {
    let py = record.py();
    record.set_item(pyo3::intern!(py, "type"), value.type_name())?;
    record.set_item(pyo3::intern!(py, "value"), key_value(py, value)?)
}

/// A record with the type that most keys have.
fn record_template(py: Python<'_>) -> PyResult<&Bound<'_, PyDict>> {
    static TEMPLATE: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    TEMPLATE
        .get_or_try_init(py, || {
            let record = PyDict::new(py);
            record.set_item(pyo3::intern!(py, "event"), py.None())?;
            record.set_item(pyo3::intern!(py, "key"), py.None())?;
            record.set_item(pyo3::intern!(py, "type"), "string")?;
            record.set_item(pyo3::intern!(py, "value"), py.None())?;
            Ok(record.unbind())
        })
        .map(|record| record.bind(py))
}

fn key_value<'py>(py: Python<'py>, value: &KeyValue) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        KeyValue::String(bytes) => text_or_bytes(py, bytes)?,
        KeyValue::Hash(pairs) => fields(py, pairs)?,
        KeyValue::List(elements) => {
            list_of_texts(py, elements.iter().map(Vec::as_slice))?.into_any()
        }
        _ => py.None().into_bound(py),
    })
}

/// Makes a dict of fields and values.
pub(crate) fn fields<'py>(
    py: Python<'py>,
    pairs: &[(Vec<u8>, Vec<u8>)],
) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    for (field, value) in pairs {
        let value = text_or_bytes(py, value)?;
        // A bytearray cannot be a key; a field that is no text is bytes.
        match std::str::from_utf8(field) {
            Ok(_) => fields.set_item(text_or_bytes(py, field)?, value)?,
            Err(_) => {
                let field = PyBytes::new_with(py, field.len(), |bytes| {
                    bytes.copy_from_slice(field);
                    Ok(())
                })?;
                fields.set_item(field, value)?;
            }
        }
    }
    Ok(fields.into_any())
}

/// Answers with a Python value.
pub(crate) fn reply(to: &mut impl Reply, value: &Bound<'_, PyAny>) {
    reply_at(to, value, 0, &mut Answered::default());
}

/// The lists that a reply has had so far.
#[derive(Default)]
struct Answered {
    lists: HashSet<usize>,
    repeated: usize,
}

impl Answered {
    /// Notes a list; says no if too much was repeated already.
    fn note(&mut self, list: &Bound<'_, PyList>) -> bool {
        if !self.lists.insert(list.as_ptr() as usize) {
            self.repeated = self.repeated.saturating_add(list.len() + 1);
        }
        self.repeated <= MOST_REPEATED
    }
}

fn reply_at(to: &mut impl Reply, value: &Bound<'_, PyAny>, depth: usize, answered: &mut Answered) {
    if let Ok(text) = value.cast::<PyString>() {
        match text.to_str() {
            Ok(text) => reply_text(to, text),
            Err(_) => to.refuse(&Refusal::new(
                "the result text holds lone surrogates, which are not UTF-8",
            )),
        }
    } else if let Ok(bytes) = value.cast::<PyBytes>() {
        to.bulk(bytes.as_bytes());
    } else if let Ok(truth) = value.cast::<PyBool>() {
        to.integer(i64::from(truth.is_true()));
    } else if value.is_instance_of::<PyInt>() {
        match value.extract::<i64>() {
            Ok(number) => to.integer(number),
            Err(_) => to.refuse(&Refusal::new(
                "the result integer does not fit 64 bits, return it as text",
            )),
        }
    } else if let Ok(number) = value.cast::<PyFloat>() {
        to.bulk(fixed(number.value()).as_bytes());
    } else if let Ok(list) = value.cast::<PyList>() {
        if depth == DEEPEST || !answered.note(list) {
            to.refuse(&Refusal::new(
                "the result list is nested too deep, or contains itself",
            ));
            return;
        }
        // A fixed copy: the length that was promised must hold.
        let elements: Vec<_> = list.iter().collect();
        to.array(elements.len());
        for element in &elements {
            reply_at(to, element, depth + 1, answered);
        }
    } else {
        to.bulk(b"PY RECORD");
    }
}

/// Texts that begin with `+` or `-` are statuses and errors (spec section 12, 2).
fn reply_text(to: &mut impl Reply, text: &str) {
    match text.as_bytes() {
        [b'+', _, ..] => to.status(&text[1..]),
        [b'-', _, ..] if !text::is_negative_number(text) => to.error(&text[1..]),
        _ => to.bulk(text.as_bytes()),
    }
}

/// Prints a float as C's `%lf` does.
fn fixed(number: f64) -> String {
    if number.is_nan() {
        "nan".to_owned()
    } else {
        format!("{number:.6}")
    }
}

#[cfg(test)]
mod tests {
    use super::fixed;

    #[test]
    fn floats_have_six_decimals_as_in_c() {
        for (number, text) in [
            (1.5, "1.500000"),
            (-1.5, "-1.500000"),
            (0.1, "0.100000"),
            (f64::NAN, "nan"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(fixed(number), text);
        }
    }
}
