//! Results that RedGrease pickled on the server: its functions, and the triggers that it registers.
//!
//! What fits as it came is never looked into. What does not fit and begins as a pickle does, which
//! no text can, is read as one. Bytes fit whatever they are.

use redis::Value;
use serde::de::DeserializeOwned;

use super::{mismatch::Mismatch, returns::NaturalReturn};
use crate::{
    error::{Error, Result},
    gear::shape::Returned,
    python::{
        pickle::{self, Unreadable},
        value::{PyValue, Reader},
    },
};

/// Reads what a gear returned, as a type with a natural form.
#[inline]
pub(crate) fn natural<T: NaturalReturn>(value: Value) -> Result<T, Mismatch> {
    match T::decode(value) {
        Ok(read) => Ok(read),
        Err(mismatch) => natural_again(mismatch, T::decode),
    }
}

/// Reads what somebody else's function returned, as a type with a natural form.
#[inline]
pub(crate) fn natural_of_others<T: NaturalReturn>(value: Value) -> Result<T, Mismatch> {
    match T::decode_of_others(value) {
        Ok(read) => Ok(read),
        Err(mismatch) => natural_again(mismatch, T::decode_of_others),
    }
}

#[cold]
fn natural_again<T: NaturalReturn>(
    mismatch: Mismatch,
    decode: fn(Value) -> Result<T, Mismatch>,
) -> Result<T, Mismatch> {
    match T::WIRE {
        Returned::Bytes => Err(mismatch),
        _ => again(mismatch, |value| match reply(value) {
            Some(Value::Nil) => T::decode_none().ok(),
            Some(value) => decode(value).ok(),
            None => None,
        }),
    }
}

/// Reads a value of any other type, which was no JSON.
#[cold]
pub(crate) fn other<T: DeserializeOwned>(mismatch: Mismatch) -> Result<T, Mismatch> {
    again(mismatch, |value| T::deserialize(Reader(value)).ok())
}

/// Reads what did not fit as a pickle, if it may be one.
fn again<T>(mismatch: Mismatch, fit: impl FnOnce(PyValue) -> Option<T>) -> Result<T, Mismatch> {
    let bytes = match mismatch.value() {
        Value::BulkString(bytes) if pickle::is_like(bytes) => bytes,
        _ => return Err(mismatch),
    };
    let came = match pickle::read(bytes) {
        Ok(value) => {
            let came = value.described();
            match fit(value) {
                Some(fitting) => return Ok(fitting),
                None => format!("{came}, pickled"),
            }
        }
        Err(unreadable) => unreadable.to_string(),
    };
    Err(mismatch.describing(came))
}

/// Makes the reply that a server sends for a value that is not pickled, if it sends one.
fn reply(value: PyValue) -> Option<Value> {
    Some(match value {
        PyValue::None => Value::Nil,
        PyValue::Bool(boolean) => Value::Boolean(boolean),
        PyValue::Int(number) => Value::Int(number),
        PyValue::Float(float) => Value::Double(float),
        PyValue::BigInt(text) | PyValue::Text(text) => Value::BulkString(text.into_bytes()),
        PyValue::Bytes(bytes) => Value::BulkString(bytes),
        _ => return None,
    })
}

/// Reading what RedGrease pickled.
impl PyValue {
    /// Reads a pickle of Python's, of any protocol, without a Python.
    ///
    /// RedGrease pickles the results of its functions and triggers. Typed results
    /// ([`Script::returning`](crate::Script::returning), the stubs of gears) are read without it;
    /// this is for replies that stay as they came, such as those of
    /// [`Gears::trigger`](crate::Gears::trigger), and for pickles of protocols 0 and 1, which
    /// nothing tells from text.
    ///
    /// A pickle is a program, which Python runs when it reads one. This reads those that make
    /// plain data (`None`, numbers, text, bytes, lists, tuples, sets and dicts) and RedGrease's own
    /// records, which become dicts of their fields, and calls nothing. Depth and memory are bounded.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode). It [expected](crate::DecodeError::expected) "a pickle"
    /// where the bytes are none, or torn; and "plain data" where one holds anything else, whose class
    /// the error names, is nested deeper than 128 levels, or repeats itself without measure.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::PyValue;
    ///
    /// // `pickle.dumps({"name": "Ada"}, protocol=4)`
    /// let pickled = b"\x80\x04\x95\x11\0\0\0\0\0\0\0}\x94\x8c\x04name\x94\x8c\x03Ada\x94s.";
    /// assert_eq!(PyValue::from_pickle(pickled)?.get("name"), Some(&PyValue::from("Ada")));
    ///
    /// let error = PyValue::from_pickle(b"cdecimal\nDecimal\n(V1\ntR.").unwrap_err();
    /// assert!(error.to_string().contains("decimal.Decimal"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn from_pickle(bytes: &[u8]) -> Result<Self> {
        pickle::read(bytes).map_err(|unreadable| {
            let value = Value::BulkString(bytes.to_vec());
            let mismatch = match unreadable {
                Unreadable::Torn(_) if !pickle::is_like(bytes) => Mismatch::new("a pickle", value),
                Unreadable::Torn(_) => {
                    Mismatch::new("a pickle", value).describing(unreadable.to_string())
                }
                _ => Mismatch::new("plain data", value).describing(unreadable.to_string()),
            };
            Error::result(String::new(), mismatch)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::wire::decoder::Decoder;

    fn read<T: DeserializeOwned + 'static>(pickle: &[u8]) -> Result<T> {
        let value = Value::BulkString([b"\x80\x04", pickle, b"."].concat());
        let mut read = Decoder::<T>::typed().decode_all(vec![value])?;
        Ok(read.remove(0))
    }

    #[test]
    fn natural_types_are_read_from_pickles() {
        assert_eq!(read::<String>(b"\x8c\x03abc").unwrap(), "abc");
        assert_eq!(read::<String>(b"C\x03abc").unwrap(), "abc");
        assert_eq!(read::<i64>(b"J\xff\xff\xff\xff").unwrap(), -1);
        let wide = read::<u128>(b"\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\0").unwrap();
        assert_eq!(wide, u64::MAX.into());
        assert_eq!(read::<f64>(b"K\x05").unwrap(), 5.0);
        assert!(read::<bool>(b"\x88").unwrap());
        assert_eq!(read::<Option<String>>(b"N").unwrap(), None);
        assert_eq!(read::<Option<i64>>(b"K\x05").unwrap(), Some(5));
        read::<()>(b"]").unwrap();
    }

    #[test]
    fn bytes_stay_what_they_are() {
        let pickle = b"\x80\x04\x8c\x03abc.";
        assert_eq!(read::<Vec<u8>>(b"\x8c\x03abc").unwrap(), pickle);
        assert_eq!(
            read::<Option<Vec<u8>>>(b"N").unwrap().unwrap(),
            b"\x80\x04N."
        );
        let raw = Decoder::RAW.decode_all(vec![Value::BulkString(pickle.to_vec())]);
        assert_eq!(raw.unwrap(), [Value::BulkString(pickle.to_vec())]);
    }

    #[test]
    fn other_types_are_read_from_pickles() {
        #[derive(Deserialize, PartialEq, Debug)]
        struct Person {
            name: String,
            photo: Vec<u8>,
            age: Option<u8>,
        }
        let person = b"}(\x8c\x04nameC\x03AdaC\x05photoC\x02\xff\0\x8c\x03ageNu";
        let ada = Person {
            name: "Ada".to_owned(),
            photo: vec![0xff, 0],
            age: None,
        };
        assert_eq!(read::<Person>(person).unwrap(), ada);
        let counts = read::<BTreeMap<i64, Vec<String>>>(b"}K\x05](\x8c\x01aC\x01bes").unwrap();
        assert_eq!(
            counts,
            BTreeMap::from([(5, vec!["a".to_owned(), "b".to_owned()])])
        );
        assert_eq!(read::<(i64, f64)>(b"K\x01K\x02\x86").unwrap(), (1, 2.0));
        assert_eq!(read::<PyValue>(b"\x8f").unwrap(), PyValue::Set(Vec::new()));
        assert_eq!(read::<Option<Person>>(b"N").unwrap(), None);
    }

    #[test]
    fn misfits_say_what_was_pickled() {
        let told = |error: Error| error.to_string();
        let dict = told(read::<i64>(b"}").unwrap_err());
        assert!(
            dict.contains("a dict, pickled") && dict.contains("i64"),
            "{dict}"
        );
        let text = told(read::<Vec<i64>>(b"\x8c\x01a").unwrap_err());
        assert!(text.contains("the str 'a', pickled"), "{text}");
        let none = told(read::<i64>(b"N").unwrap_err());
        assert!(none.contains("Python's None, pickled"), "{none}");
        let class = told(read::<f64>(b"cdecimal\nDecimal\n\x8c\x011\x85R").unwrap_err());
        assert!(
            class.contains("decimal.Decimal") && class.contains(".map(str)"),
            "{class}"
        );
        let torn = told(read::<String>(b"\xff").unwrap_err());
        assert!(torn.contains("begin as a pickle"), "{torn}");
    }
}
