//! The reply of `RG.TRIGGER`: its shape, and what is said when a value does not fit.

use redis::Value;

use super::outcome::PerShard;
use crate::{
    error::{Error, Result},
    gear::descriptor::Gear,
};

/// The longest excerpt of a value that an error message shows.
const EXCERPT: usize = 200;

/// Holds what a gear answered: an array with one element per result.
#[derive(Debug)]
pub struct Reply {
    value: Value,
    gear: &'static Gear,
}

impl Reply {
    /// Takes a reply, unless it is an error as a whole.
    ///
    /// Errors inside the array stay: they are results, such as negative numbers.
    pub(crate) fn from_value(value: Value, gear: &'static Gear) -> Result<Self> {
        match value {
            Value::ServerError(error) => Err(Error::from_server(
                &error,
                gear.trigger(),
                gear.requirements(),
            )),
            value => Ok(Self { value, gear }),
        }
    }

    /// Reads the only result; no result is Python's `None`.
    pub(crate) fn one<T>(
        self,
        decode: impl FnOnce(Value) -> Result<T, Mismatch>,
        decode_none: impl FnOnce() -> Result<T, Mismatch>,
    ) -> Result<T> {
        let Self { value, gear } = self;
        let decoded = match value {
            Value::Array(mut results) if results.len() < 2 => match results.pop() {
                Some(result) => decode(result),
                None => decode_none(),
            },
            Value::Array(results) => {
                let came = format!("{} results", results.len());
                Err(Mismatch::new("one result", Value::Array(results)).describing(came))
            }
            other => Err(Mismatch::new("an array with the result", other)),
        };
        decoded.map_err(|mismatch| Error::decode(gear, mismatch))
    }

    /// Reads one result per shard.
    pub(crate) fn each<T>(
        self,
        decode: impl Fn(Value) -> Result<T, Mismatch>,
    ) -> Result<PerShard<T>> {
        let Self { value, gear } = self;
        let decoded = match value {
            Value::Array(results) => results
                .into_iter()
                .map(decode)
                .collect::<Result<Vec<T>, Mismatch>>(),
            other => Err(Mismatch::new("an array with the results", other)),
        };
        decoded
            .map(PerShard::from)
            .map_err(|mismatch| Error::decode(gear, mismatch))
    }
}

/// Says what a decoder expected and what came.
///
/// A decoder can claim nothing else: not a network failure, not a server error.
///
/// What it says stands behind a pointer: each of many results is a `Result`
/// with one of these, and most of them are none.
#[derive(Debug)]
pub struct Mismatch(Box<Details>);

/// What a [`Mismatch`] says.
#[derive(Debug)]
pub(crate) struct Details {
    pub(crate) expected: String,
    pub(crate) came: String,
    pub(crate) value: Value,
    pub(crate) cause: Option<serde_json::Error>,
}

impl Mismatch {
    /// Says that `value` came.
    pub(crate) fn new(expected: impl Into<String>, value: Value) -> Self {
        Self(Box::new(Details {
            expected: expected.into(),
            came: came(&value),
            value,
            cause: None,
        }))
    }

    /// Says that Python returned `None`.
    pub(crate) fn none(expected: impl Into<String>) -> Self {
        Self::new(expected, Value::Array(Vec::new())).describing("Python's None".to_owned())
    }

    /// Describes in other words what came.
    pub(crate) fn describing(mut self, came: String) -> Self {
        self.0.came = came;
        self
    }

    pub(crate) fn caused_by(mut self, cause: serde_json::Error) -> Self {
        self.0.expected = format!("{} ({cause})", self.0.expected);
        self.0.cause = Some(cause);
        self
    }

    /// Returns what it says.
    pub(crate) fn into_details(self) -> Details {
        *self.0
    }
}

/// Describes a value for people, cut to a readable length.
pub(crate) fn came(value: &Value) -> String {
    match value {
        Value::Nil => "nil".to_owned(),
        Value::Int(integer) => format!("the integer {integer}"),
        Value::Double(double) => format!("the number {double:?}"),
        Value::Boolean(boolean) => format!("the boolean {boolean}"),
        Value::BulkString(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => format!("the text {:?}", excerpt(text)),
            Err(_) => format!("{} bytes that are not UTF-8", bytes.len()),
        },
        Value::SimpleString(text) => format!("the status {:?}", excerpt(text)),
        Value::Okay => "the status \"OK\"".to_owned(),
        Value::ServerError(error) => {
            format!("the error {:?}", excerpt(&crate::error::raw_text(error)))
        }
        // What the script sends for a Python value of another kind: its type
        // and its repr.
        Value::Array(pair) => match pair.as_slice() {
            [Value::BulkString(kind), Value::BulkString(repr)] => format!(
                "Python's {} {}",
                String::from_utf8_lossy(kind),
                excerpt(&String::from_utf8_lossy(repr))
            ),
            other => format!("an array of {}", other.len()),
        },
        other => excerpt(&format!("{other:?}")),
    }
}

fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_at_a_character() {
        let long = "é".repeat(1000);
        let said = came(&Value::BulkString(long.into_bytes()));
        assert!(said.ends_with("…\""), "{said}");
        assert!(said.chars().count() < EXCERPT + 20);
    }

    #[test]
    fn another_kind_of_python_value_is_named() {
        let value = Value::Array(vec![
            Value::BulkString(b"dict".to_vec()),
            Value::BulkString(b"{'a': 1}".to_vec()),
        ]);
        assert_eq!(came(&value), "Python's dict {'a': 1}");
    }
}
