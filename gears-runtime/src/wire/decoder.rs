//! How a result of a script becomes a Rust type that only the caller knows.
//!
//! A stub's codec is chosen by the compiler where the type is written out;
//! here the type is a parameter, so the choice falls at run time, once per
//! script. The rules are the same: what has a natural form is read plainly,
//! any other type from JSON; but the Python did not promise the type, so text and truth are read in more forms.

use std::{any::Any, fmt, rc::Rc, sync::Arc};

use bytes::Bytes;
use redis::Value;
use serde::de::DeserializeOwned;

use super::{mismatch::Mismatch, pickled, returns::NaturalReturn};
use crate::error::{Error, Result};

/// Reads results as `T`.
pub(crate) struct Decoder<T> {
    decode: fn(Value) -> Result<T, Mismatch>,
    /// Reads all results in one loop that the compiler can see through; many small ones
    /// would spend most of the time on calls by pointer.
    decode_all: Option<DecodeAll<T>>,
    /// What no result at all stands for, when it stands for one.
    nothing: Option<&'static [u8]>,
}

impl Decoder<Value> {
    /// Leaves results as they came.
    pub(crate) const RAW: Self = Self {
        decode: Ok,
        decode_all: Some(Ok),
        nothing: None,
    };
}

impl<T: DeserializeOwned + 'static> Decoder<T> {
    /// Reads results by the rules of gears.
    pub(crate) fn typed() -> Self {
        match natural::<T>() {
            Some((decode, decode_all)) => Self {
                decode,
                decode_all: Some(decode_all),
                nothing: None,
            },
            None => Self::new(decode_json::<T>, None),
        }
    }
}

impl<T> Decoder<T> {
    /// Reads results with `decode`; no result and no error stand for `nothing`.
    pub(crate) fn new(
        decode: fn(Value) -> Result<T, Mismatch>,
        nothing: Option<&'static [u8]>,
    ) -> Self {
        Self {
            decode,
            decode_all: None,
            nothing,
        }
    }

    /// Returns what no result at all stands for.
    pub(crate) fn nothing(self) -> Option<Value> {
        Some(Value::BulkString(self.nothing?.to_vec()))
    }

    /// Reads all results; an error names the place of the first that does not fit.
    pub(crate) fn decode_all(self, values: Vec<Value>) -> Result<Vec<T>> {
        match self.decode_all {
            Some(decode_all) => decode_all(values),
            None => each(values, self.decode),
        }
    }
}

// Not derived: that would ask the same of `T`.
impl<T> Clone for Decoder<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Decoder<T> {}

impl<T> fmt::Debug for Decoder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::any::type_name::<T>())
    }
}

#[inline]
fn each<T>(values: Vec<Value>, decode: impl Fn(Value) -> Result<T, Mismatch>) -> Result<Vec<T>> {
    let places = values.into_iter().enumerate();
    places
        .map(|(index, value)| decode(value).map_err(|mismatch| misfit(index, mismatch)))
        .collect()
}

#[cold]
fn misfit(index: usize, mismatch: Mismatch) -> Error {
    Error::result(format!("results[{index}]"), mismatch)
}

/// Reads one result, and reads all of them.
type Natural<T> = (fn(Value) -> Result<T, Mismatch>, DecodeAll<T>);

type DecodeAll<T> = fn(Vec<Value>) -> Result<Vec<T>>;

fn read_all<T: NaturalReturn>(values: Vec<Value>) -> Result<Vec<T>> {
    each(values, pickled::natural_of_others::<T>)
}

/// Finds the decoder of a type that has a natural form.
fn natural<T: 'static>() -> Option<Natural<T>> {
    macro_rules! find {
        ($($natural:ty)*) => {$(
            find!(@ $natural);
            find!(@ Option<$natural>);
        )*};
        (@ $natural:ty) => {
            let found: Natural<$natural> =
                (pickled::natural_of_others::<$natural>, read_all::<$natural>);
            // The types are the same exactly when `T` is this one.
            if let Some(found) = (&found as &dyn Any).downcast_ref::<Natural<T>>() {
                return Some(*found);
            }
        };
    }
    find! {
        () String Box<str> Rc<str> Arc<str> char bool
        i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64
        Vec<u8> Box<[u8]> Rc<[u8]> Arc<[u8]> Bytes
    }
    None
}

/// Reads JSON text, or what the server made of a list or a number.
fn decode_json<T: DeserializeOwned>(value: Value) -> Result<T, Mismatch> {
    const EXPECTED: &str = "JSON that fits the type";
    let read = match &value {
        Value::BulkString(json) => serde_json::from_slice(json),
        Value::SimpleString(json) | Value::VerbatimString { text: json, .. } => {
            serde_json::from_str(json)
        }
        other => match plain(other) {
            Some(plain) => serde_json::from_value(plain),
            None => return Err(Mismatch::new(EXPECTED, value)),
        },
    };
    read.or_else(|error| pickled::other(Mismatch::new(EXPECTED, value).caused_by(error)))
}

/// Turns a reply into the JSON that says the same; an error has none.
fn plain(value: &Value) -> Option<serde_json::Value> {
    use serde_json::Value as Json;
    Some(match value {
        Value::Nil => Json::Null,
        Value::Int(integer) => Json::from(*integer),
        Value::Boolean(boolean) => Json::from(*boolean),
        Value::Double(double) => Json::from(*double),
        Value::Okay => Json::from("OK"),
        Value::BulkString(bytes) => Json::from(std::str::from_utf8(bytes).ok()?),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Json::from(text.as_str()),
        Value::Array(items) | Value::Set(items) => {
            Json::Array(items.iter().map(plain).collect::<Option<_>>()?)
        }
        Value::Map(pairs) => Json::Object(
            pairs
                .iter()
                .map(|(key, value)| match plain(key)? {
                    Json::String(key) => Some((key, plain(value)?)),
                    _ => None,
                })
                .collect::<Option<_>>()?,
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn read<T: DeserializeOwned + 'static>(value: Value) -> Result<T> {
        let mut read = Decoder::<T>::typed().decode_all(vec![value])?;
        Ok(read.remove(0))
    }

    #[test]
    fn natural_types_are_read_plainly() {
        assert_eq!(read::<String>(bulk("\"a\"")).unwrap(), "\"a\"");
        assert_eq!(read::<i64>(bulk("-3")).unwrap(), -3);
        assert_eq!(read::<u8>(Value::Int(3)).unwrap(), 3);
        assert_eq!(read::<f64>(bulk("1.500000")).unwrap(), 1.5);
        assert_eq!(read::<Option<i64>>(Value::Nil).unwrap(), None);
        assert_eq!(
            read::<Vec<u8>>(Value::BulkString(vec![0, 255])).unwrap(),
            [0, 255]
        );
        assert!(read::<bool>(bulk("True")).unwrap());
        read::<()>(bulk("anything")).unwrap();
    }

    #[test]
    fn other_types_are_read_from_json_and_from_lists() {
        #[derive(Deserialize, PartialEq, Debug)]
        struct Count {
            key: String,
            value: i64,
        }
        let count = read::<Count>(bulk(r#"{"key": "b", "value": 2}"#)).unwrap();
        assert_eq!((count.key.as_str(), count.value), ("b", 2));
        assert_eq!(read::<Vec<i64>>(bulk("[1,2]")).unwrap(), [1, 2]);
        let list = Value::Array(vec![Value::Int(1), Value::Int(-2)]);
        assert_eq!(read::<Vec<i64>>(list).unwrap(), [1, -2]);
        let mixed = Value::Array(vec![bulk("a"), Value::Int(1)]);
        assert_eq!(read::<(String, i64)>(mixed).unwrap(), ("a".to_owned(), 1));
        let map = Value::Map(vec![(bulk("a"), Value::Int(1))]);
        assert_eq!(
            read::<BTreeMap<String, i64>>(map).unwrap(),
            BTreeMap::from([("a".to_owned(), 1)])
        );
    }

    #[test]
    fn misfits_name_what_was_expected_and_where() {
        let error = Decoder::<i64>::typed()
            .decode_all(vec![bulk("0"), bulk("1"), bulk("2"), bulk("x")])
            .unwrap_err();
        let decode = error.decode_error().unwrap();
        assert!(decode.expected().contains("i64"), "{error}");
        assert_eq!(decode.path(), "results[3]");
        let error = read::<Vec<i64>>(bulk("{'not': 'json'}")).unwrap_err();
        assert!(error.is_decode(), "{error}");
    }
}
