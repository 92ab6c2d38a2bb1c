//! Records between Python and the links to other shards.
//!
//! What can cross is what `marshal` could: Python's plain values, not instances of classes
//! (cluster spec, section 3).

use gears_value::{DEEPEST, Text, Value};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyComplex, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet,
    PyString, PyTuple,
};

/// Why a record stays on its shard: in the words of RedisGears.
pub(crate) const NOT_PLAIN: &str = "Error type: <class 'ValueError'>, Value: unmarshallable object";

/// So many bytes may one record take at most (the server's own limit for a string).
const LARGEST: usize = 512 << 20;

/// Makes bytes of a record; nothing of what is no plain value.
pub(crate) fn encode(record: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    gears_value::encode(&plain(record, 0)?, &mut bytes).ok()?;
    Some(bytes)
}

/// Makes a record of bytes.
///
/// # Errors
///
/// When they are no value, or Python has no memory for it.
pub(crate) fn decode<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let value = gears_value::decode(bytes, LARGEST)
        .map_err(|fault| PyValueError::new_err(format!("a record of another shard: {fault}")))?;
    object(py, &value)
}

fn plain(object: &Bound<'_, PyAny>, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    if object.is_none() {
        return Some(Value::Nil);
    }
    if let Ok(text) = object.cast_exact::<PyString>() {
        return plain_text(text);
    }
    if let Ok(truth) = object.cast_exact::<PyBool>() {
        return Some(Value::Bool(truth.is_true()));
    }
    if object.is_exact_instance_of::<PyInt>() {
        return plain_int(object);
    }
    if let Ok(float) = object.cast_exact::<PyFloat>() {
        return Some(Value::Float(float.value()));
    }
    if let Ok(complex) = object.cast_exact::<PyComplex>() {
        return Some(Value::Complex(complex.real(), complex.imag()));
    }
    if let Ok(bytes) = object.cast_exact::<PyBytes>() {
        return Some(Value::Bytes(bytes.as_bytes().to_vec()));
    }
    if let Ok(bytes) = object.cast_exact::<PyByteArray>() {
        return Some(Value::Bytes(bytes.to_vec()));
    }
    plain_collection(object, depth + 1)
}

fn plain_collection(object: &Bound<'_, PyAny>, depth: usize) -> Option<Value> {
    let all = |members: Bound<'_, PyAny>| -> Option<Vec<Value>> {
        let members = members.try_iter().ok()?;
        members.map(|member| plain(&member.ok()?, depth)).collect()
    };
    if object.is_exact_instance_of::<PyList>() {
        return Some(Value::List(all(object.clone())?));
    }
    if object.is_exact_instance_of::<PyTuple>() {
        return Some(Value::Tuple(all(object.clone())?));
    }
    if object.is_exact_instance_of::<PySet>() {
        return Some(Value::Set(all(object.clone())?));
    }
    if object.is_exact_instance_of::<PyFrozenSet>() {
        return Some(Value::FrozenSet(all(object.clone())?));
    }
    let dict = object.cast_exact::<PyDict>().ok()?;
    let pairs = dict
        .iter()
        .map(|(key, value)| Some((plain(&key, depth)?, plain(&value, depth)?)));
    Some(Value::Dict(pairs.collect::<Option<_>>()?))
}

fn plain_text(text: &Bound<'_, PyString>) -> Option<Value> {
    if let Ok(text) = text.to_str() {
        return Some(Value::Text(Text::from(text)));
    }
    let bytes = text
        .call_method1("encode", ("utf-8", "surrogatepass"))
        .ok()?;
    let bytes = bytes.cast_into::<PyBytes>().ok()?;
    Text::of_bytes(bytes.as_bytes().to_vec()).map(Value::Text)
}

fn plain_int(int: &Bound<'_, PyAny>) -> Option<Value> {
    if let Ok(small) = int.extract::<i64>() {
        return Some(Value::Int(small));
    }
    let bits: usize = int.call_method0("bit_length").ok()?.extract().ok()?;
    let arguments = (bits / 8 + 1, "little");
    let signed = PyDict::new(int.py());
    signed.set_item("signed", true).ok()?;
    let bytes = int.call_method("to_bytes", arguments, Some(&signed)).ok()?;
    Some(Value::of_int(bytes.cast::<PyBytes>().ok()?.as_bytes()))
}

fn object<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    let all = |values: &[Value]| -> PyResult<Vec<_>> {
        values.iter().map(|value| object(py, value)).collect()
    };
    Ok(match value {
        Value::Nil => py.None().into_bound(py),
        Value::Bool(truth) => PyBool::new(py, *truth).to_owned().into_any(),
        Value::Int(int) => int.into_pyobject(py)?.into_any(),
        Value::Long(bytes) => {
            let signed = PyDict::new(py);
            signed.set_item("signed", true)?;
            let arguments = (PyBytes::new(py, bytes), "little");
            py.get_type::<PyInt>()
                .call_method("from_bytes", arguments, Some(&signed))?
        }
        Value::Float(float) => PyFloat::new(py, *float).into_any(),
        Value::Complex(real, imaginary) => {
            PyComplex::from_doubles(py, *real, *imaginary).into_any()
        }
        Value::Text(text) => object_of_text(py, text)?,
        Value::Bytes(bytes) => object_of_bytes(py, bytes)?,
        Value::Tuple(members) => PyTuple::new(py, all(members)?)?.into_any(),
        Value::List(members) => PyList::new(py, all(members)?)?.into_any(),
        Value::Set(members) => PySet::new(py, all(members)?)?.into_any(),
        Value::FrozenSet(members) => PyFrozenSet::new(py, all(members)?)?.into_any(),
        Value::Dict(pairs) => {
            let dict = PyDict::new(py);
            for (key, value) in pairs {
                dict.set_item(object(py, key)?, object(py, value)?)?;
            }
            dict.into_any()
        }
    })
}

/// pyo3's constructors panic when there is no memory.
fn object_of_text<'py>(py: Python<'py>, text: &Text) -> PyResult<Bound<'py, PyAny>> {
    let bytes = text.as_bytes();
    let length = isize::try_from(bytes.len())?;
    let (start, handler) = (bytes.as_ptr().cast(), c"surrogatepass".as_ptr());
    // SAFETY: the function copies as many bytes as there are, and returns an object of its own
    // or null with an exception.
    unsafe {
        let made = pyo3::ffi::PyUnicode_DecodeUTF8(start, length, handler);
        Bound::from_owned_ptr_or_err(py, made)
    }
}

fn object_of_bytes<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let length = isize::try_from(bytes.len())?;
    let start = bytes.as_ptr().cast();
    // SAFETY: as above.
    unsafe {
        let made = pyo3::ffi::PyBytes_FromStringAndSize(start, length);
        Bound::from_owned_ptr_or_err(py, made)
    }
}
