//! RESP2 replies, as they come over the socket and as case files write them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What case files keep of a bulk string in full; of longer ones they keep a digest.
const LONGEST: usize = 4096;

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) enum Reply {
    Nil,
    Integer(i64),
    Bulk(Vec<u8>),
    /// A bulk string that is too long to be kept.
    Digest {
        length: usize,
        sha256: String,
    },
    Status(String),
    Error(String),
    Array(Vec<Reply>),
}

impl Reply {
    /// Makes a bulk string, or its digest when it is long.
    pub(crate) fn bulk(bytes: &[u8]) -> Self {
        if bytes.len() <= LONGEST {
            return Self::Bulk(bytes.to_vec());
        }
        let digest = Sha256::digest(bytes);
        Self::Digest {
            length: bytes.len(),
            sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    /// Names the type of the reply.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Integer(_) => "integer",
            Self::Bulk(_) | Self::Digest { .. } => "bulk",
            Self::Status(_) => "status",
            Self::Error(_) => "error",
            Self::Array(_) => "array",
        }
    }

    /// Returns every text in the reply, in order; there is none in a digest.
    pub(crate) fn texts(&self) -> Vec<String> {
        match self {
            Self::Nil | Self::Digest { .. } => Vec::new(),
            Self::Integer(number) => vec![number.to_string()],
            Self::Bulk(bytes) => vec![match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => latin1(bytes),
            }],
            Self::Status(text) | Self::Error(text) => vec![text.clone()],
            Self::Array(elements) => elements.iter().flat_map(Self::texts).collect(),
        }
    }

    /// Returns the bytes of a reply that is one text.
    pub(crate) fn to_bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Bulk(bytes) => Some(bytes.clone()),
            _ => match <[String; 1]>::try_from(self.texts()) {
                Ok([text]) => Some(text.into_bytes()),
                Err(_) => None,
            },
        }
    }

    /// Writes the reply in at most about `limit` characters, of which the last tell the most:
    /// there tracebacks have their message.
    pub(crate) fn brief(&self, limit: usize) -> String {
        let text = self.to_string();
        let length = text.chars().count();
        if length <= limit {
            return text;
        }
        let start: String = text.chars().take(limit / 4).collect();
        let end: String = text.chars().skip(length - limit * 3 / 4).collect();
        format!("{start} … {end} ({length} characters)")
    }
}

/// Reads each byte as a character.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Writes a reply as the specification does: `+OK`, `-error`, `:1`, `$"text"`, `nil`, `[a, b]`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::Integer(number) => write!(f, ":{number}"),
            Self::Bulk(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => write!(f, "${text:?}"),
                Err(_) => write!(f, "$b\"{}\"", bytes.escape_ascii()),
            },
            Self::Digest { length, sha256 } => write!(f, "$<{length} bytes, SHA-256 {sha256}>"),
            Self::Status(text) => write!(f, "+{text}"),
            Self::Error(text) => write!(f, "-{text}"),
            Self::Array(elements) => {
                f.write_str("[")?;
                for (index, element) in elements.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{element}")?;
                }
                f.write_str("]")
            }
        }
    }
}

impl TryFrom<Value> for Reply {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(Self::Nil),
            Value::String(text) => Ok(Self::Bulk(text.into_bytes())),
            Value::Number(number) => {
                let number = number.as_i64();
                number
                    .map(Self::Integer)
                    .ok_or_else(|| format!("{number:?} is no integer"))
            }
            Value::Array(elements) => {
                let elements = elements.into_iter().map(Self::try_from);
                elements.collect::<Result<_, _>>().map(Self::Array)
            }
            Value::Bool(_) | Value::Object(_) => serde_json::from_value(value)
                .map_err(|error| error.to_string())
                .and_then(Self::of_notation),
        }
    }
}

impl Reply {
    fn of_notation(notation: Notation) -> Result<Self, String> {
        Ok(match notation {
            Notation::Status { status } => Self::Status(status),
            Notation::Error { error } => Self::Error(error),
            Notation::Base64 { b64 } => {
                Self::Bulk(STANDARD.decode(b64).map_err(|error| error.to_string())?)
            }
            Notation::Digest { len, sha256 } => Self::Digest {
                length: len,
                sha256,
            },
        })
    }
}

/// What case files write as an object.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Notation {
    Status { status: String },
    Error { error: String },
    Base64 { b64: String },
    Digest { len: usize, sha256: String },
}
