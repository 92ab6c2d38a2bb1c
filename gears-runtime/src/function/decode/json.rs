//! Records as JSON, with marks for what JSON lacks.

use std::{fmt, str};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};

use crate::python::value::PyValue;

/// A value that came as JSON.
pub(super) struct Json(pub(super) PyValue);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor).map(Json)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = PyValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of Python's")
    }

    fn visit_unit<E>(self) -> Result<PyValue, E> {
        Ok(PyValue::None)
    }

    fn visit_bool<E>(self, boolean: bool) -> Result<PyValue, E> {
        Ok(PyValue::Bool(boolean))
    }

    fn visit_i64<E>(self, number: i64) -> Result<PyValue, E> {
        Ok(PyValue::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<PyValue, E> {
        Ok(match i64::try_from(number) {
            Ok(number) => PyValue::Int(number),
            Err(_) => PyValue::BigInt(number.to_string()),
        })
    }

    fn visit_f64<E>(self, float: f64) -> Result<PyValue, E> {
        Ok(PyValue::Float(float))
    }

    fn visit_str<E>(self, text: &str) -> Result<PyValue, E> {
        Ok(PyValue::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<PyValue, E> {
        Ok(PyValue::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<PyValue, A::Error> {
        let mut list = Vec::new();
        while let Some(Json(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(PyValue::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<PyValue, A::Error> {
        let mut dict = Vec::new();
        while let Some((key, Json(value))) = items.next_entry::<String, Json>()? {
            if key.starts_with('$') {
                return marked(&key, value)
                    .ok_or_else(|| de::Error::custom(format_args!("`{key}` makes no sense")));
            }
            dict.push((PyValue::Text(key), value));
        }
        Ok(PyValue::Dict(dict))
    }
}

/// Makes the value for which an object with that one key stands.
fn marked(key: &str, value: PyValue) -> Option<PyValue> {
    Some(match (key, value) {
        ("$bytes", PyValue::Text(text)) => PyValue::Bytes(BASE64_STANDARD.decode(text).ok()?),
        ("$int", PyValue::Text(digits)) => integer(&digits)?,
        ("$float", PyValue::Text(text)) => PyValue::Float(text.parse().ok()?),
        ("$tuple", PyValue::List(items)) => PyValue::Tuple(items),
        ("$set", PyValue::List(items)) => PyValue::Set(items),
        ("$dict", PyValue::List(items)) => {
            let pair = |item| match item {
                PyValue::List(pair) => {
                    let [key, value] = <[PyValue; 2]>::try_from(pair).ok()?;
                    Some((key, value))
                }
                _ => None,
            };
            PyValue::Dict(items.into_iter().map(pair).collect::<Option<_>>()?)
        }
        ("$other", PyValue::List(parts)) => match <[PyValue; 2]>::try_from(parts).ok()? {
            [PyValue::Text(kind), PyValue::Text(repr)] => PyValue::Other(kind, repr),
            _ => return None,
        },
        _ => return None,
    })
}

pub(super) fn integer(digits: &str) -> Option<PyValue> {
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    (!unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit())).then(|| {
        digits
            .parse()
            .map_or_else(|_| PyValue::BigInt(digits.to_owned()), PyValue::Int)
    })
}
