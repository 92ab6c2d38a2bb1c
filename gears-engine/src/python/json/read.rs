//! Reads JSON into Python's objects.

use std::fmt;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};

use super::recurring_key::key;

/// From here on a float may be an integer that has more than 64 bits.
const LARGE: f64 = 9_223_372_036_854_775_808.0;

/// Makes what Python's `json.loads` makes of a text; nothing where that has to be asked itself.
///
/// Those are texts that are not JSON and what Python reads beyond it, such as `NaN` and lone surrogates, also numbers
/// beyond 64 bits and what is nested deep.
pub(crate) fn read<'py>(py: Python<'py>, json: &str) -> Option<Bound<'py, PyAny>> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let value = Value(py).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some(value)
}

/// Makes text, of which there may be more than there is memory.
pub(super) fn text<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyString>> {
    let length = isize::try_from(text.len())?;
    // SAFETY: the function copies as many bytes as there are, and returns a text of its own or null with an exception.
    unsafe {
        let made = ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), length);
        Ok(Bound::from_owned_ptr_or_err(py, made)?.cast_into_unchecked())
    }
}

/// Stands for any value.
#[derive(Clone, Copy)]
struct Value<'py>(Python<'py>);

/// Stands for the key of an object.
struct Key<'py>(Python<'py>);

impl<'de, 'py> DeserializeSeed<'de> for Value<'py> {
    type Value = Bound<'py, PyAny>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, 'py> Visitor<'de> for Value<'py> {
    type Value = Bound<'py, PyAny>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(self.0.None().into_bound(self.0))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(PyBool::new(self.0, truth).to_owned().into_any())
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Self::Value, E> {
        // SAFETY: the function returns a number of its own or null with an exception.
        made(self.0, unsafe { ffi::PyLong_FromLongLong(number) })
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
        // SAFETY: as above.
        made(self.0, unsafe { ffi::PyLong_FromUnsignedLongLong(number) })
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
        // What has no fraction may be an integer of Python's: one of many digits, or `-0`.
        if number.abs() >= LARGE || number == 0.0 && number.is_sign_negative() {
            return Err(E::invalid_value(Unexpected::Float(number), &self));
        }
        // SAFETY: as above.
        made(self.0, unsafe { ffi::PyFloat_FromDouble(number) })
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(text(self.0, value).map_err(failed)?.into_any())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
        // SAFETY: the function returns a list of its own or null with an exception.
        let list = made(self.0, unsafe { ffi::PyList_New(0) })?;
        // SAFETY: it is a list.
        let list: Bound<'py, PyList> = unsafe { list.cast_into_unchecked() };
        while let Some(element) = from.next_element_seed(self)? {
            list.append(element).map_err(failed)?;
        }
        Ok(list.into_any())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
        // SAFETY: the function returns a dict of its own or null with an exception.
        let dict = made(self.0, unsafe { ffi::PyDict_New() })?;
        // SAFETY: it is a dict.
        let dict: Bound<'py, PyDict> = unsafe { dict.cast_into_unchecked() };
        while let Some(key) = from.next_key_seed(Key(self.0))? {
            let value = from.next_value_seed(self)?;
            dict.set_item(key, value).map_err(failed)?;
        }
        Ok(dict.into_any())
    }
}

impl<'de, 'py> DeserializeSeed<'de> for Key<'py> {
    type Value = Bound<'py, PyString>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'de, 'py> Visitor<'de> for Key<'py> {
    type Value = Bound<'py, PyString>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self::Value, E> {
        key(self.0, name).map_err(failed)
    }
}

fn made<'py, E: serde::de::Error>(
    py: Python<'py>,
    object: *mut ffi::PyObject,
) -> Result<Bound<'py, PyAny>, E> {
    // SAFETY: the caller has a reference of its own, or null with an exception.
    unsafe { Bound::from_owned_ptr_or_err(py, object) }.map_err(failed)
}

/// Python fails in the same way when it is asked itself.
fn failed<E: serde::de::Error>(_: PyErr) -> E {
    E::custom("Python failed")
}
