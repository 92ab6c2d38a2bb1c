//! What is said when a value does not fit.

use redis::Value;

use crate::{
    error::{DecodeError, Error, detail::Detail},
    server::value::came,
};

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

    /// Returns the value that came.
    pub(crate) fn value(&self) -> &Value {
        &self.0.value
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

impl Error {
    /// Says that a result of a script does not fit the type that was asked for.
    pub(crate) fn result(path: String, mismatch: Mismatch) -> Self {
        Self::mismatch(String::new(), path, mismatch)
    }

    /// Says that the result of a gear, or one of a script, does not fit.
    pub(crate) fn mismatch(gear: String, path: String, mismatch: Mismatch) -> Self {
        let Details {
            expected,
            came,
            value,
            cause,
        } = mismatch.into_details();
        let error = Self::new(Detail::Decode(DecodeError {
            gear,
            command: "",
            path,
            expected,
            came,
            value,
        }));
        match cause {
            Some(cause) => error.with_source(cause),
            None => error,
        }
    }
}
