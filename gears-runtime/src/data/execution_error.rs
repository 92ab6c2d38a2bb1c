//! An error among the results of an execution.

use std::fmt;

use redis::Value;

use super::read::{Misfit, Read};
use crate::{
    error::{Error, PythonError},
    server::value::raw_text,
};

/// Says why a record of a run failed.
///
/// Its text reads like Python's own traceback, or is the server's.
///
/// # Examples
///
/// ```
/// use gears_runtime::data::ExecutionError;
///
/// let error = ExecutionError::from("Error type: <class 'KeyError'>, Value: 'age'");
/// assert_eq!(error.python().unwrap().exception(), "KeyError");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ExecutionError {
    pub(super) raw: String,
}

impl ExecutionError {
    /// Returns the text as it came.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Returns what Python said, when it was Python.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::ExecutionError;
    ///
    /// let error = ExecutionError::from("Error type: <class 'KeyError'>, Value: 'age'");
    /// assert_eq!(error.python().unwrap().message(), "'age'");
    /// assert!(ExecutionError::from("ERR the server is busy").python().is_none());
    /// ```
    pub fn python(&self) -> Option<PythonError> {
        Error::from(self.clone()).python().cloned()
    }

    pub(super) fn read(value: &Value) -> Result<Self, Misfit> {
        match value {
            Value::ServerError(error) => Ok(Self {
                raw: raw_text(error),
            }),
            other => String::read(other)
                .map(|raw| Self { raw })
                .map_err(|_| Misfit::new("the text of an error", other)),
        }
    }
}

impl From<&str> for ExecutionError {
    fn from(raw: &str) -> Self {
        Self {
            raw: raw.to_owned(),
        }
    }
}

/// As if the whole run had failed with it.
impl From<ExecutionError> for Error {
    fn from(error: ExecutionError) -> Self {
        Self::from_raw(&error.raw, "", &[])
    }
}

impl fmt::Display for ExecutionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.python() {
            Some(python) => python.fmt(f),
            None => f.write_str(&self.raw),
        }
    }
}

impl std::error::Error for ExecutionError {}
