//! Any value of Python's, for records whose type nobody declared.

mod misfit;
mod reader;

pub(crate) use self::{misfit::Misfit, reader::Reader};

use std::fmt;

use serde::{
    Deserialize, Serialize, Serializer,
    ser::{SerializeMap as _, SerializeTuple as _},
};

use crate::python::literal;

/// Holds a value of Python's, whatever it is.
///
/// It is what a record is when no type was declared, and it goes back to
/// Python as the same value, as an argument of [`py!`](crate::py).
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, embedded, function::{PyValue, ShardsIdReader}, py};
///
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// let pairs = ShardsIdReader::new().map(py!("lambda _shard: (None, -1, b'\\xff')"));
/// let pair = pairs.run().on(&gears)?.into_one()?;
/// let expected = vec![PyValue::None, PyValue::Int(-1), PyValue::Bytes(vec![0xff])];
/// assert_eq!(pair, PyValue::Tuple(expected));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename = "$gears_runtime::PyValue")]
#[non_exhaustive]
pub enum PyValue {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An `int` of up to 64 bits.
    Int(i64),
    /// An `int` that is larger, as its decimal digits.
    BigInt(String),
    /// A `float`.
    Float(f64),
    /// A `str`.
    Text(String),
    /// `bytes` or a `bytearray`.
    Bytes(Vec<u8>),
    /// A `list`.
    List(Vec<PyValue>),
    /// A `tuple`.
    Tuple(Vec<PyValue>),
    /// A `set` or `frozenset`, in the order in which Python handed it out.
    Set(Vec<PyValue>),
    /// A `dict`, in its own order.
    Dict(Vec<(PyValue, PyValue)>),
    /// Anything else: the name of its type and its `repr`.
    Other(String, String),
}

/// The name under which the deserializer of records knows the type.
pub(crate) const NAME: &str = "$gears_runtime::PyValue";

impl PyValue {
    /// Returns the text of a `str`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::PyValue;
    ///
    /// assert_eq!(PyValue::from("Ada").as_str(), Some("Ada"));
    /// assert_eq!(PyValue::Bytes(b"Ada".to_vec()).as_str(), None);
    /// ```
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number of an `int` of up to 64 bits.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::PyValue;
    ///
    /// assert_eq!(PyValue::Int(36).as_i64(), Some(36));
    /// assert_eq!(PyValue::from("36").as_i64(), None, "a `str` is no number");
    /// ```
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the value of a `dict` under a key that is a `str`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::PyValue;
    ///
    /// let person = PyValue::Dict(vec![("name".into(), "Ada".into()), ("age".into(), 36.into())]);
    /// assert_eq!(person.get("age"), Some(&PyValue::Int(36)));
    /// assert_eq!(person.get("email"), None);
    /// ```
    pub fn get(&self, key: &str) -> Option<&PyValue> {
        match self {
            Self::Dict(items) => items
                .iter()
                .find(|(name, _)| name.as_str() == Some(key))
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Tells whether it is `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::PyValue;
    ///
    /// assert!(PyValue::None.is_none());
    /// assert!(!PyValue::from("").is_none());
    /// ```
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// Describes it for a message, cheaply: the whole of it may be large.
    pub(crate) fn described(&self) -> String {
        match self {
            Self::None | Self::Bool(_) | Self::Int(_) | Self::Float(_) => {
                format!("Python's {self}")
            }
            Self::Text(text) if text.len() <= 200 => format!("the str {self}"),
            Self::Other(kind, repr) => {
                let short: String = repr.chars().take(200).collect();
                format!("Python's {kind} {short}")
            }
            other => format!("a {}", other.kind()),
        }
    }

    /// Returns what it is, for messages.
    pub(crate) fn kind(&self) -> &str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::BigInt(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Set(_) => "set",
            Self::Dict(_) => "dict",
            Self::Other(kind, _) => kind,
        }
    }
}

/// Writes it as Python does.
impl fmt::Display for PyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(_, repr) => f.write_str(repr),
            value => match literal::value(value) {
                Ok(literal) => f.write_str(&literal),
                Err(_) => write!(f, "{value:?}"),
            },
        }
    }
}

/// Goes to Python as the same value; what is [`Other`](PyValue::Other) cannot.
impl Serialize for PyValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_none(),
            Self::Bool(boolean) => serializer.serialize_bool(*boolean),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::BigInt(digits) => serializer.serialize_newtype_struct(literal::DIGITS, digits),
            Self::Float(float) => serializer.serialize_f64(*float),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::List(items) => items.serialize(serializer),
            Self::Tuple(items) => {
                let mut tuple = serializer.serialize_tuple(items.len())?;
                for item in items {
                    tuple.serialize_element(item)?;
                }
                tuple.end()
            }
            Self::Set(items) => serializer.serialize_newtype_struct(literal::SET, items),
            Self::Dict(items) => {
                let mut map = serializer.serialize_map(Some(items.len()))?;
                for (key, value) in items {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
            Self::Other(kind, _) => Err(serde::ser::Error::custom(format_args!(
                "a {kind} is known by its repr only"
            ))),
        }
    }
}

macro_rules! from {
    ($($source:ty => |$value:ident| $made:expr;)*) => {$(
        impl From<$source> for PyValue {
            fn from($value: $source) -> Self {
                $made
            }
        }
    )*};
}

from! {
    bool => |value| Self::Bool(value);
    i64 => |value| Self::Int(value);
    f64 => |value| Self::Float(value);
    &str => |value| Self::Text(value.to_owned());
    String => |value| Self::Text(value);
    Vec<u8> => |value| Self::Bytes(value);
}
