//! How the parts of a reply are read, and what is said when one does not fit.
//!
//! Replies are maps of names and values, which differ among versions: what is
//! missing becomes `None` where a field allows it, and what is unknown is
//! kept. Maps come as flat arrays, or as maps from servers that speak RESP3.

use std::collections::BTreeMap;

use redis::Value;

use crate::{
    error::{DecodeError, Error, detail::Detail},
    server::value::{came, text},
};

/// Says where in a reply which value did not fit.
#[derive(Debug)]
pub(crate) struct Misfit {
    /// From the innermost part to the outermost.
    steps: Vec<Step>,
    pub(crate) expected: String,
    pub(crate) came: String,
}

/// A reply that does not fit, whole.
pub(crate) type Unread = Box<(Misfit, Value)>;

#[derive(Debug)]
enum Step {
    Field(String),
    Index(usize),
}

impl Misfit {
    pub(crate) fn new(expected: impl Into<String>, value: &Value) -> Self {
        Self {
            steps: Vec::new(),
            expected: expected.into(),
            came: came(value),
        }
    }

    fn missing() -> Self {
        Self {
            steps: Vec::new(),
            expected: "this field".to_owned(),
            came: "nothing".to_owned(),
        }
    }

    /// Makes an error of it: the reply `value` to a command does not fit.
    pub(crate) fn into_error(self, command: &'static str, root: &str, value: Value) -> Error {
        Error::new(Detail::Decode(DecodeError {
            gear: String::new(),
            command,
            path: self.path(root),
            expected: self.expected,
            came: self.came,
            value,
        }))
    }

    /// Says that it is about a part of `reply`.
    pub(crate) fn of(self, reply: Value) -> Unread {
        Box::new((self, reply))
    }

    /// Says that it is the value of a field.
    pub(crate) fn in_field(mut self, name: &str) -> Self {
        self.steps.push(Step::Field(name.to_owned()));
        self
    }

    /// Says that it is an element of a list.
    pub(crate) fn at(mut self, index: usize) -> Self {
        self.steps.push(Step::Index(index));
        self
    }

    /// Writes the place below `root`, such as `registrations[3].RegistrationData.status`.
    pub(crate) fn path(&self, root: &str) -> String {
        let mut path = root.to_owned();
        for step in self.steps.iter().rev() {
            match step {
                Step::Field(name) => {
                    path.push('.');
                    path.push_str(name);
                }
                Step::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        path
    }
}

/// A part of a reply that can be read.
pub(crate) trait Read: Sized {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// What does not fit is told with its place.
    fn read(value: &Value) -> Result<Self, Misfit>;

    /// Returns what stands for a field that is not there, if anything may.
    fn absent() -> Option<Self> {
        None
    }
}

impl Read for Value {
    fn read(value: &Value) -> Result<Self, Misfit> {
        Ok(value.clone())
    }
}

/// Text for people: bytes that are not UTF-8 are replaced, so that one strange name does not
/// hide a whole list.
impl Read for String {
    fn read(value: &Value) -> Result<Self, Misfit> {
        match (text(value), value) {
            (Some(text), _) => Ok(text.to_owned()),
            (None, Value::BulkString(bytes)) => Ok(Self::from_utf8_lossy(bytes).into_owned()),
            _ => Err(Misfit::new("text", value)),
        }
    }
}

impl Read for Vec<u8> {
    fn read(value: &Value) -> Result<Self, Misfit> {
        match value {
            Value::BulkString(bytes) => Ok(bytes.clone()),
            _ => Err(Misfit::new("bytes", value)),
        }
    }
}

impl Read for i64 {
    fn read(value: &Value) -> Result<Self, Misfit> {
        let fits = match value {
            Value::Int(integer) => Some(*integer),
            other => text(other).and_then(|digits| digits.parse().ok()),
        };
        fits.ok_or_else(|| Misfit::new("an integer", value))
    }
}

impl Read for u64 {
    fn read(value: &Value) -> Result<Self, Misfit> {
        i64::read(value)
            .ok()
            .and_then(|integer| Self::try_from(integer).ok())
            .ok_or_else(|| Misfit::new("an integer that is not negative", value))
    }
}

impl Read for f64 {
    fn read(value: &Value) -> Result<Self, Misfit> {
        let fits = match value {
            Value::Double(double) => Some(*double),
            Value::Int(integer) => Some(*integer as Self),
            other => text(other).and_then(|number| number.parse().ok()),
        };
        fits.ok_or_else(|| Misfit::new("a number", value))
    }
}

impl Read for bool {
    fn read(value: &Value) -> Result<Self, Misfit> {
        let fits = match value {
            Value::Boolean(boolean) => Some(*boolean),
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            other => match text(other) {
                Some("yes" | "true" | "True" | "1") => Some(true),
                Some("no" | "false" | "False" | "0") => Some(false),
                _ => None,
            },
        };
        fits.ok_or_else(|| Misfit::new("yes or no", value))
    }
}

/// `None` for nil, and for a field that is not there.
impl<T: Read> Read for Option<T> {
    fn read(value: &Value) -> Result<Self, Misfit> {
        match value {
            Value::Nil => Ok(None),
            other => T::read(other).map(Some),
        }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

/// A list. Bytes have an implementation of their own, as `u8` cannot be read.
impl<T: Read> Read for Vec<T> {
    fn read(value: &Value) -> Result<Self, Misfit> {
        match value {
            Value::Array(items) | Value::Set(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| T::read(item).map_err(|misfit| misfit.at(index)))
                .collect(),
            _ => Err(Misfit::new("an array", value)),
        }
    }
}

/// The fields of a map, to be taken out one by one.
pub(crate) struct Fields<'a> {
    left: Vec<(&'a Value, &'a Value)>,
}

impl<'a> Fields<'a> {
    /// Takes a map apart.
    ///
    /// # Errors
    ///
    /// A value that is no map does not fit.
    pub(crate) fn read(value: &'a Value) -> Result<Self, Misfit> {
        let left: Vec<(&Value, &Value)> = match value {
            Value::Array(flat) if flat.len() % 2 == 0 => flat
                .chunks_exact(2)
                .map(|pair| (&pair[0], &pair[1]))
                .collect(),
            Value::Map(pairs) => pairs.iter().map(|(key, value)| (key, value)).collect(),
            _ => return Err(Misfit::new("names and values", value)),
        };
        for (index, (key, _)) in left.iter().enumerate() {
            if !matches!(key, Value::BulkString(_)) && text(key).is_none() {
                return Err(Misfit::new("the name of a field", key).at(index * 2));
            }
        }
        Ok(Self { left })
    }

    /// Takes a field out.
    ///
    /// # Errors
    ///
    /// Its value does not fit, or it is missing and must not be.
    pub(crate) fn take<T: Read>(&mut self, name: &str) -> Result<T, Misfit> {
        self.take_with(name, T::read)
            .unwrap_or_else(|| T::absent().ok_or_else(Misfit::missing))
            .map_err(|misfit| misfit.in_field(name))
    }

    /// Takes a field out, to be read by `read`; `None` when it is not there.
    pub(crate) fn take_with<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'a Value) -> Result<T, Misfit>,
    ) -> Option<Result<T, Misfit>> {
        let index = self
            .left
            .iter()
            .position(|(key, _)| text(key) == Some(name))?;
        Some(read(self.left.swap_remove(index).1))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.left.iter().any(|(key, _)| text(key) == Some(name))
    }

    /// Returns what nobody took.
    pub(crate) fn rest(self) -> BTreeMap<String, Value> {
        self.left
            .into_iter()
            .map(|(key, value)| {
                let key = match key {
                    Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                    other => text(other).unwrap_or_default().to_owned(),
                };
                (key, value.clone())
            })
            .collect()
    }
}

/// Defines a reply that is a map: a struct with public fields, each with its name on the wire.
macro_rules! map_reply {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* pub $field:ident: $type:ty = $key:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            extra: ::std::collections::BTreeMap<String, ::redis::Value>,
        }

        impl $name {
            /// Returns the fields that this version of the crate does not know, as they came.
            ///
            /// # Examples
            ///
            /// ```
            /// use gears_runtime::{data::PyStats, redis::{Value, from_redis_value}};
            ///
            /// // What a newer server might tell.
            /// let reply = [
            ///     ("TotalAllocated", 900), ("PeakAllocated", 500), ("CurrAllocated", 300), ("Arenas", 2),
            /// ];
            /// # let reply = reply.map(|(name, value)| {
            /// #     (Value::SimpleString(name.to_owned()), Value::Int(value))
            /// # });
            /// let stats: PyStats = from_redis_value(Value::Map(reply.to_vec()))?;
            /// assert_eq!(stats.current_allocated, 300);
            /// assert_eq!(stats.extra()["Arenas"], Value::Int(2));
            /// # Ok::<(), gears_runtime::redis::ParsingError>(())
            /// ```
            pub fn extra(&self) -> &::std::collections::BTreeMap<String, ::redis::Value> {
                &self.extra
            }
        }

        impl $crate::data::read::Read for $name {
            fn read(value: &::redis::Value) -> Result<Self, $crate::data::read::Misfit> {
                let mut fields = $crate::data::read::Fields::read(value)?;
                $(let $field = fields.take($key)?;)*
                Ok(Self { $($field,)* extra: fields.rest() })
            }
        }
    };
}

/// Defines words that servers use, with a place for those of newer servers.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)*
            /// A word that this version of the crate does not know.
            Other(String),
        }

        impl $name {
            /// Returns the word as servers write it.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use gears_runtime::data::", stringify!($name), ";")]
            ///
            $(#[doc = concat!(
                "assert_eq!(", stringify!($name), "::", stringify!($variant), ".as_str(), \"", $word, "\");"
            )])*
            /// // One of a newer server is kept.
            #[doc = concat!("assert_eq!(", stringify!($name), "::from(\"new\").as_str(), \"new\");")]
            /// ```
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::data::read::Read for $name {
            fn read(value: &::redis::Value) -> Result<Self, $crate::data::read::Misfit> {
                String::read(value).map(|word| Self::from(word.as_str()))
            }
        }
    };
}

pub(crate) use {map_reply, words};
