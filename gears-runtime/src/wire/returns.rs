//! How the reply of `RG.TRIGGER` becomes the declared Rust type.
//!
//! The compiler picks the codec: types with [`NaturalReturn`] are read plainly,
//! any other `DeserializeOwned` type from JSON. `private.rs` tells how.

use std::{borrow::Cow, marker::PhantomData, rc::Rc, str, sync::Arc};

use bytes::Bytes;
use redis::Value;
use serde::de::DeserializeOwned;

use super::{mismatch::Mismatch, outcome::PerShard, pickled, reply::Reply};
use crate::{
    error::Result,
    gear::shape::{Returned, Shape},
};

/// Stands for the value type `T` of a gear in generated code.
pub struct Returns<T>(PhantomData<T>);

impl<T: NaturalReturn> Returns<T> {
    /// What a gear with this value type returns.
    pub const SHAPE: Shape = Shape::new(T::WIRE, T::NULLABLE);

    /// Reads the result of one call.
    ///
    /// # Errors
    ///
    /// A reply that does not fit the type is a decode error.
    pub fn decode(reply: Reply) -> Result<T> {
        reply.one(pickled::natural::<T>, T::decode_none)
    }

    /// Reads one result per shard.
    ///
    /// # Errors
    ///
    /// A reply that does not fit the type is a decode error.
    pub fn decode_each(reply: Reply) -> Result<PerShard<T>> {
        reply.each(pickled::natural::<T>)
    }
}

/// Offers JSON for every type; the inherent items of [`Returns`] win where they apply.
pub trait JsonReturn<T> {
    /// What a gear with this value type returns.
    const SHAPE: Shape = Shape::new(Returned::Json, true);

    /// Reads the result of one call.
    ///
    /// # Errors
    ///
    /// A reply that does not fit the type is a decode error.
    fn decode(reply: Reply) -> Result<T>
    where
        T: GearReturn,
    {
        // Python's `None` is JSON's `null`: types that take one take the other.
        reply.one(decode_json, || {
            serde_json::from_slice(b"null").map_err(|_| Mismatch::none("JSON that fits the type"))
        })
    }

    /// Reads one result per shard.
    ///
    /// # Errors
    ///
    /// A reply that does not fit the type is a decode error.
    fn decode_each(reply: Reply) -> Result<PerShard<T>>
    where
        T: GearReturn,
    {
        reply.each(decode_json)
    }
}

impl<T> JsonReturn<T> for Returns<T> {}

/// A type that a gear can return.
#[diagnostic::on_unimplemented(
    message = "a gear cannot return `{Self}`",
    label = "this type cannot be read from a reply",
    note = "`()`, text, numbers, `bool`, bytes, `redis::Value` and `Option`s of them are read as they are; any other type needs `serde::de::DeserializeOwned`, and is read from JSON"
)]
pub trait GearReturn: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> GearReturn for T {}

/// A type that is read from a reply without JSON.
pub trait NaturalReturn: Sized {
    /// How it travels.
    const WIRE: Returned;

    /// Whether it takes Python's `None`.
    const NULLABLE: bool = false;

    /// Reads the value that Python returned.
    fn decode(value: Value) -> Result<Self, Mismatch>;

    /// Reads the value that somebody else's function returned, which knows nothing of the table of types (guide/pages/wire.md).
    fn decode_of_others(value: Value) -> Result<Self, Mismatch> {
        Self::decode(value)
    }

    /// Makes the value when Python returned `None`.
    fn decode_none() -> Result<Self, Mismatch> {
        Err(Mismatch::none(expected(Self::WIRE)))
    }

    /// Makes the result that a server sends for this value; none is Python's `None`.
    fn reply(&self) -> Option<Value>;
}

impl NaturalReturn for () {
    const WIRE: Returned = Returned::Unit;
    const NULLABLE: bool = true;

    fn decode(_: Value) -> Result<Self, Mismatch> {
        Ok(())
    }

    fn decode_none() -> Result<Self, Mismatch> {
        Ok(())
    }

    fn reply(&self) -> Option<Value> {
        None
    }
}

impl NaturalReturn for Value {
    const WIRE: Returned = Returned::Raw;
    const NULLABLE: bool = true;

    fn decode(value: Value) -> Result<Self, Mismatch> {
        Ok(value)
    }

    fn decode_none() -> Result<Self, Mismatch> {
        Ok(Self::Nil)
    }

    fn reply(&self) -> Option<Value> {
        (*self != Self::Nil).then(|| self.clone())
    }
}

impl NaturalReturn for String {
    const WIRE: Returned = Returned::Text;

    fn decode(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::BulkString(bytes) => Self::from_utf8(bytes).map_err(|error| {
                Mismatch::new(expected(Self::WIRE), Value::BulkString(error.into_bytes()))
            }),
            Value::SimpleString(text) | Value::VerbatimString { text, .. } => Ok(text),
            Value::Okay => Ok("OK".to_owned()),
            other => Err(Mismatch::new(expected(Self::WIRE), other)),
        }
    }

    /// Reads numbers and booleans too, as redis-rs does, and as Python shows them.
    fn decode_of_others(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Int(integer) => Ok(integer.to_string()),
            Value::Double(double) => Ok(format!("{double:?}")),
            Value::Boolean(true) => Ok("True".to_owned()),
            Value::Boolean(false) => Ok("False".to_owned()),
            other => Self::decode(other),
        }
    }

    fn reply(&self) -> Option<Value> {
        text(self)
    }
}

impl NaturalReturn for char {
    const WIRE: Returned = Returned::Text;

    fn decode(value: Value) -> Result<Self, Mismatch> {
        let text = String::decode(value)?;
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(char), None) => Ok(char),
            _ => Err(Mismatch::new(
                "text of one character",
                Value::BulkString(text.into_bytes()),
            )),
        }
    }

    fn reply(&self) -> Option<Value> {
        text(&self.to_string())
    }
}

impl NaturalReturn for Vec<u8> {
    const WIRE: Returned = Returned::Bytes;

    // Inlined, so that many results are read where they stand: a value handed over on the stack
    // takes longer to come back from there than all the rest.
    #[inline]
    fn decode(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::BulkString(bytes) => Ok(bytes),
            other => bytes_of_text(other),
        }
    }

    fn reply(&self) -> Option<Value> {
        bytes(self)
    }
}

/// Reads bytes that came as one of the rarer kinds of text.
#[cold]
fn bytes_of_text(value: Value) -> Result<Vec<u8>, Mismatch> {
    match value {
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Ok(text.into_bytes()),
        Value::Okay => Ok(b"OK".to_vec()),
        other => Err(Mismatch::new(expected(Returned::Bytes), other)),
    }
}

impl NaturalReturn for Bytes {
    const WIRE: Returned = Returned::Bytes;

    fn decode(value: Value) -> Result<Self, Mismatch> {
        Vec::<u8>::decode(value).map(Self::from)
    }

    fn reply(&self) -> Option<Value> {
        bytes(self)
    }
}

impl<const N: usize> NaturalReturn for [u8; N] {
    const WIRE: Returned = Returned::Bytes;

    fn decode(value: Value) -> Result<Self, Mismatch> {
        Vec::<u8>::decode(value)?
            .try_into()
            .map_err(|bytes: Vec<u8>| Mismatch::new(format!("{N} bytes"), Value::BulkString(bytes)))
    }

    fn reply(&self) -> Option<Value> {
        bytes(self)
    }
}

impl NaturalReturn for bool {
    const WIRE: Returned = Returned::Boolean;

    fn decode(value: Value) -> Result<Self, Mismatch> {
        match &value {
            Value::Int(1) | Value::Boolean(true) => Ok(true),
            Value::Int(0) | Value::Boolean(false) => Ok(false),
            other => match text_of(other) {
                Some("1" | "True") => Ok(true),
                Some("0" | "False") => Ok(false),
                _ => Err(Mismatch::new(expected(Self::WIRE), value)),
            },
        }
    }

    /// Reads the words for true and false that Python, Redis and RedGrease have, in any case.
    fn decode_of_others(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Okay => Ok(true),
            other => match text_of(&other).and_then(truth) {
                Some(truth) => Ok(truth),
                None => Self::decode(other),
            },
        }
    }

    fn reply(&self) -> Option<Value> {
        Some(Value::Int(i64::from(*self)))
    }
}

fn truth(word: &str) -> Option<bool> {
    let is_one_of = |words: &[&str]| words.iter().any(|other| word.eq_ignore_ascii_case(other));
    if is_one_of(&["1", "true", "yes", "ok"]) {
        Some(true)
    } else if is_one_of(&["0", "false", "no"]) {
        Some(false)
    } else {
        None
    }
}

macro_rules! integers {
    ($($integer:ident)*) => {$(
        impl NaturalReturn for $integer {
            const WIRE: Returned = Returned::Integer;

            fn decode(value: Value) -> Result<Self, Mismatch> {
                let fits = match &value {
                    Value::Int(integer) => Self::try_from(*integer).ok(),
                    Value::Boolean(boolean) => Some(Self::from(*boolean)),
                    other => match text_of(other) {
                        Some(digits) => digits.parse().ok(),
                        None => None,
                    },
                };
                fits.ok_or_else(|| {
                    Mismatch::new(
                        format!(
                            "an integer from {} to {} ({})",
                            Self::MIN, Self::MAX, stringify!($integer),
                        ),
                        value,
                    )
                })
            }

            fn reply(&self) -> Option<Value> {
                Some(match i64::try_from(*self) {
                    Ok(integer) => Value::Int(integer),
                    Err(_) => Value::BulkString(self.to_string().into_bytes()),
                })
            }
        }
    )*};
}

integers! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

macro_rules! floats {
    ($($float:ident)*) => {$(
        impl NaturalReturn for $float {
            const WIRE: Returned = Returned::Float;

            fn decode(value: Value) -> Result<Self, Mismatch> {
                let (float, finite) = match &value {
                    Value::Int(integer) => (Some(*integer as Self), true),
                    Value::Double(double) => (Some(*double as Self), double.is_finite()),
                    other => {
                        let text = text_of(other);
                        (
                            text.and_then(|text| text.parse::<Self>().ok()),
                            text.is_some_and(|text| text.bytes().any(|byte| byte.is_ascii_digit())),
                        )
                    }
                };
                // Digits that read as an infinity are a number out of range.
                match float {
                    Some(float) if !(finite && float.is_infinite()) => Ok(float),
                    _ => Err(Mismatch::new(
                        concat!("a number (", stringify!($float), ")"),
                        value,
                    )),
                }
            }

            fn reply(&self) -> Option<Value> {
                text(&self.to_string())
            }
        }
    )*};
}

floats! { f32 f64 }

/// Implements the trait for a type that can be made from one which has it.
macro_rules! wrapping {
    ($([$($parameters:tt)*] $type:ty => $source:ty, by $reply:expr;)*) => {$(
        impl<$($parameters)*> NaturalReturn for $type {
            const WIRE: Returned = <$source as NaturalReturn>::WIRE;
            const NULLABLE: bool = <$source as NaturalReturn>::NULLABLE;

            fn decode(value: Value) -> Result<Self, Mismatch> {
                <$source as NaturalReturn>::decode(value).map(Self::from)
            }

            fn decode_of_others(value: Value) -> Result<Self, Mismatch> {
                <$source as NaturalReturn>::decode_of_others(value).map(Self::from)
            }

            fn decode_none() -> Result<Self, Mismatch> {
                <$source as NaturalReturn>::decode_none().map(Self::from)
            }

            fn reply(&self) -> Option<Value> {
                $reply(&**self)
            }
        }
    )*};
}

wrapping! {
    [] Box<str> => String, by text;
    [] Rc<str> => String, by text;
    [] Arc<str> => String, by text;
    [] Cow<'_, str> => String, by text;
    [] Box<[u8]> => Vec<u8>, by bytes;
    [] Rc<[u8]> => Vec<u8>, by bytes;
    [] Arc<[u8]> => Vec<u8>, by bytes;
    [] Cow<'_, [u8]> => Vec<u8>, by bytes;
    [T: NaturalReturn] Box<T> => T, by T::reply;
    [T: NaturalReturn] Rc<T> => T, by T::reply;
    [T: NaturalReturn] Arc<T> => T, by T::reply;
}

/// `None` when Python returned `None`.
impl<T: NaturalReturn> NaturalReturn for Option<T> {
    const WIRE: Returned = T::WIRE;
    const NULLABLE: bool = true;

    fn decode(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Nil => Ok(None),
            other => T::decode(other).map(Some),
        }
    }

    fn decode_of_others(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Nil => Ok(None),
            other => T::decode_of_others(other).map(Some),
        }
    }

    fn decode_none() -> Result<Self, Mismatch> {
        Ok(None)
    }

    fn reply(&self) -> Option<Value> {
        self.as_ref().and_then(T::reply)
    }
}

/// Makes a result that is text.
fn text(text: &str) -> Option<Value> {
    bytes(text.as_bytes())
}

/// Makes a result that is bytes.
fn bytes(bytes: &[u8]) -> Option<Value> {
    Some(Value::BulkString(bytes.to_vec()))
}

/// Reads a value from the JSON that the gear's script wrote.
fn decode_json<T: DeserializeOwned>(value: Value) -> Result<T, Mismatch> {
    const EXPECTED: &str = "JSON that fits the type";
    let read = match &value {
        Value::BulkString(json) => serde_json::from_slice(json),
        Value::SimpleString(json) | Value::VerbatimString { text: json, .. } => {
            serde_json::from_str(json)
        }
        Value::Nil => serde_json::from_str("null"),
        _ => return Err(Mismatch::new(EXPECTED, value)),
    };
    read.or_else(|error| pickled::other(Mismatch::new(EXPECTED, value).caused_by(error)))
}

/// Says what is expected, in the words of error messages.
fn expected(wire: Returned) -> &'static str {
    match wire {
        Returned::Unit | Returned::Raw => "anything",
        Returned::Text => "text",
        Returned::Integer => "an integer",
        Returned::Float => "a number",
        Returned::Boolean => "True or False",
        Returned::Bytes => "bytes",
        Returned::Json => "JSON that fits the type",
    }
}

fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => str::from_utf8(bytes).ok(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text),
        _ => None,
    }
}
