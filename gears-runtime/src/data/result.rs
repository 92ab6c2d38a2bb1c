//! What a run brings: results and errors, both at once.

use std::{fmt, slice, vec};

use redis::Value;
use serde::de::DeserializeOwned;

use super::{
    execution::ExecutionId,
    read::{Misfit, Read as _, Unread},
};
use crate::{
    error::{Error, PythonError, Result},
    server::value::{raw_text, text},
    wire::{decoder::Decoder, mismatch::Mismatch},
};

/// Holds the results of a run, and the errors of records that failed.
///
/// A run can have both: the first error stops the reader, but what was read before flows on
/// (spec section 4.3). [`results`](Self::results) and [`errors`](Self::errors) show both,
/// [`into_result`](Self::into_result) is for those who want everything or nothing.
///
/// Results are [`Value`]s as they came until they are [decoded](Self::decode), or typed from the
/// start with [`Script::returning`](crate::Script::returning).
///
/// # Examples
///
/// ```
/// use gears_runtime::data::ExecutionResult;
///
/// let numbers = ExecutionResult::from(vec![1, 2, 3]);
/// assert_eq!(numbers.results(), [1, 2, 3]);
/// assert!(numbers.is_ok());
/// assert!(numbers.clone().try_map(|number| u8::try_from(number * 100)).is_err());
/// assert_eq!(numbers.map(|number| number * 2).into_result()?, [2, 4, 6]);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ExecutionResult<T = Value> {
    results: Vec<T>,
    errors: Vec<ExecutionError>,
}

impl<T> ExecutionResult<T> {
    /// Returns the results, in the order in which they came.
    ///
    /// Among [`Value`]s an error is a result too, such as a negative number on RedisGears with
    /// `convertToStr=True`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::ExecutionResult;
    ///
    /// let result = ExecutionResult::from(vec!["ada", "bob"]);
    /// assert_eq!(result.results(), ["ada", "bob"]);
    /// ```
    pub fn results(&self) -> &[T] {
        &self.results
    }

    /// Returns the errors of records, each with Python's traceback where there is one.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let divided = PythonReader::new(py!("lambda: [3, 0]")).map(py!("lambda n: 6 // n"));
    /// let result = divided.declare::<i64>().run().on(&gears)?;
    /// assert_eq!(result.results(), [2]);
    /// assert_eq!(result.errors()[0].python().unwrap().exception(), "ZeroDivisionError");
    /// # Ok(())
    /// # }
    /// ```
    pub fn errors(&self) -> &[ExecutionError] {
        &self.errors
    }

    /// Tells whether no record failed.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::ExecutionResult;
    ///
    /// assert!(ExecutionResult::from(vec![1]).is_ok());
    /// assert!(ExecutionResult::<i64>::default().is_ok(), "no results are no failure");
    /// ```
    pub fn is_ok(&self) -> bool {
        self.errors.is_empty()
    }

    /// Returns the results and drops the errors.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::ExecutionResult;
    ///
    /// let result = ExecutionResult::from(vec![2, 3]);
    /// assert_eq!(result.into_results().into_iter().sum::<i64>(), 5);
    /// ```
    pub fn into_results(self) -> Vec<T> {
        self.results
    }

    /// Returns results and errors.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let divided = PythonReader::new(py!("lambda: [3, 0]")).map(py!("lambda n: 6 // n"));
    /// let result = divided.declare::<i64>().run().on(&gears)?;
    /// let (results, errors) = result.into_parts();
    /// for error in &errors {
    ///     eprintln!("left out: {error}");
    /// }
    /// assert_eq!((results, errors.len()), (vec![2], 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_parts(self) -> (Vec<T>, Vec<ExecutionError>) {
        (self.results, self.errors)
    }

    /// Returns the results if no record failed.
    ///
    /// # Errors
    ///
    /// The first error, as [`Python`](crate::ErrorKind::Python) or
    /// [`Server`](crate::ErrorKind::Server).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let numbers = PythonReader::new(py!("lambda: [3, 2, 0]"));
    /// let divided = numbers.map(py!("lambda n: 6 // n")).declare::<i64>();
    /// assert_eq!(divided.limit(2).run().on(&gears)?.into_result()?, [2, 3]);
    /// assert!(divided.run().on(&gears)?.into_result().unwrap_err().is_python());
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_result(self) -> Result<Vec<T>> {
        match self.errors.into_iter().next() {
            Some(error) => Err(error.into()),
            None => Ok(self.results),
        }
    }

    /// Returns the only result of runs that have one, such as those that end in `count()`.
    ///
    /// # Errors
    ///
    /// As [`into_result`](Self::into_result), and [`Decode`](crate::ErrorKind::Decode) when there
    /// is no result or more than one.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::ExecutionResult;
    ///
    /// assert_eq!(ExecutionResult::from(vec![7]).into_one().unwrap(), 7);
    /// assert!(ExecutionResult::from(vec![7, 8]).into_one().unwrap_err().is_decode());
    /// ```
    pub fn into_one(self) -> Result<T> {
        let mut results = self.into_result()?;
        match (results.pop(), results.len()) {
            (Some(result), 0) => Ok(result),
            (None, _) => Err(result_count(0)),
            (Some(_), others) => Err(result_count(others + 1)),
        }
    }

    /// Makes something else of each result, and keeps the errors.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::ExecutionResult;
    ///
    /// let keys = ExecutionResult::from(vec!["user:ada", "user:bob"]);
    /// let names = keys.map(|key| key.trim_start_matches("user:"));
    /// assert_eq!(names.results(), ["ada", "bob"]);
    /// ```
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> ExecutionResult<U> {
        ExecutionResult {
            results: self.results.into_iter().map(change).collect(),
            errors: self.errors,
        }
    }

    /// Makes something else of each result, if all go well, and keeps the errors.
    ///
    /// # Errors
    ///
    /// The first that `change` returns.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::ExecutionResult;
    ///
    /// let read = |texts: Vec<&str>| ExecutionResult::from(texts).try_map(|text| text.parse::<u16>());
    /// assert_eq!(read(vec!["80", "443"]).unwrap().results(), [80, 443]);
    /// assert!(read(vec!["80", "https"]).is_err());
    /// ```
    pub fn try_map<U, E>(
        self,
        change: impl FnMut(T) -> Result<U, E>,
    ) -> Result<ExecutionResult<U>, E> {
        Ok(ExecutionResult {
            results: self
                .results
                .into_iter()
                .map(change)
                .collect::<Result<_, E>>()?,
            errors: self.errors,
        })
    }

    pub(crate) fn new(results: Vec<T>, errors: Vec<ExecutionError>) -> Self {
        Self { results, errors }
    }
}

impl ExecutionResult<Value> {
    /// Reads each result as `U`, by the rules for results of gears.
    ///
    /// Text, numbers, `bool`, bytes (`Vec<u8>`) and `Option`s of them are read as they are; any
    /// other type from JSON, or from lists and numbers as the server converts them.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode) for a result that does not fit; it names its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{data::ExecutionResult, redis::Value};
    ///
    /// let counted = ExecutionResult::from(vec![Value::BulkString(b"3".to_vec())]);
    /// assert_eq!(counted.decode::<i64>()?.into_one()?, 3);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn decode<U: DeserializeOwned + 'static>(self) -> Result<ExecutionResult<U>> {
        self.decode_with(Decoder::typed())
    }

    pub(crate) fn decode_with<U>(self, decoder: Decoder<U>) -> Result<ExecutionResult<U>> {
        let mut results = self.results;
        if results.is_empty() && self.errors.is_empty() {
            results.extend(decoder.nothing());
        }
        Ok(ExecutionResult {
            results: decoder.decode_all(results)?,
            errors: self.errors,
        })
    }

    /// Reads a reply of two arrays: results and errors.
    pub(crate) fn from_reply(reply: Value) -> Result<Self, Unread> {
        match read_errors(&reply) {
            Err(misfit) => Err(misfit.of(reply)),
            Ok(errors) => {
                let results = match reply {
                    Value::Array(parts) => parts.into_iter().next(),
                    _ => None,
                };
                match results {
                    Some(Value::Array(results)) => Ok(Self { results, errors }),
                    // `read_errors` has seen the array.
                    _ => Ok(Self::new(Vec::new(), errors)),
                }
            }
        }
    }
}

/// Checks that a reply has two arrays, and reads the second one.
fn read_errors(reply: &Value) -> Result<Vec<ExecutionError>, Misfit> {
    match reply {
        Value::Array(parts) => match parts.as_slice() {
            [Value::Array(_), Value::Array(errors)] => errors
                .iter()
                .enumerate()
                .map(|(index, error)| {
                    ExecutionError::read(error).map_err(|misfit| misfit.at(index).at(1))
                })
                .collect(),
            [Value::Array(_), errors] => Err(Misfit::new("an array of errors", errors).at(1)),
            [results, _] => Err(Misfit::new("an array of results", results).at(0)),
            _ => Err(Misfit::new("results and errors", reply)),
        },
        _ => Err(Misfit::new(
            "an array of results and an array of errors",
            reply,
        )),
    }
}

impl<T> Default for ExecutionResult<T> {
    fn default() -> Self {
        Self::new(Vec::new(), Vec::new())
    }
}

/// Results without errors, for tests of what uses them.
impl<T> From<Vec<T>> for ExecutionResult<T> {
    fn from(results: Vec<T>) -> Self {
        Self::new(results, Vec::new())
    }
}

impl<T> IntoIterator for ExecutionResult<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.results.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a ExecutionResult<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.results.iter()
    }
}

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
    raw: String,
}

impl ExecutionError {
    /// Returns the text as it came.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::ExecutionError;
    ///
    /// let error = ExecutionError::from("Error type: <class 'KeyError'>, Value: 'age'");
    /// assert_eq!(error.raw(), "Error type: <class 'KeyError'>, Value: 'age'");
    /// assert_eq!(error.to_string(), "KeyError: 'age'");
    /// ```
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

    fn read(value: &Value) -> Result<Self, Misfit> {
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

/// Says what came of a script (spec section 1.1).
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, Script, data::Executed, embedded};
///
/// # fn main() -> gears_runtime::Result<()> {
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// assert_eq!(gears.py_execute(&Script::from_source("x = 1"))?, Executed::Done);
/// let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
/// assert_eq!(gears.py_execute(&script)?.into_results().into_one()?, 1);
/// assert!(gears.py_execute_unblocking(&script)?.id().is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Executed<T = Value> {
    /// It ran to its end, and perhaps registered something; there was nothing to wait for.
    Done,
    /// Its `run()` has ended.
    Results(ExecutionResult<T>),
    /// Its `run()` goes on in the background.
    Started(ExecutionId),
}

impl<T> Executed<T> {
    /// Returns what the run brought; nothing when there was none, or it still goes on.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::{Executed, ExecutionResult};
    ///
    /// let brought = Executed::Results(ExecutionResult::from(vec![1, 2]));
    /// assert_eq!(brought.into_results().results(), [1, 2]);
    /// assert!(Executed::<i64>::Done.into_results().results().is_empty());
    /// ```
    pub fn into_results(self) -> ExecutionResult<T> {
        match self {
            Self::Results(results) => results,
            Self::Done | Self::Started(_) => ExecutionResult::default(),
        }
    }

    /// Returns the id of what goes on in the background.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::{Executed, ExecutionId};
    ///
    /// let started: Executed = Executed::Started(ExecutionId::from("1dcb0f4a-7"));
    /// assert_eq!(started.id().map(ExecutionId::as_str), Some("1dcb0f4a-7"));
    /// assert_eq!(Executed::<i64>::Done.id(), None);
    /// ```
    pub fn id(&self) -> Option<&ExecutionId> {
        match self {
            Self::Started(id) => Some(id),
            Self::Done | Self::Results(_) => None,
        }
    }
}

impl Executed<Value> {
    /// Reads a reply by its shape alone, which is all that servers of all versions agree on.
    pub(crate) fn from_reply(reply: Value) -> Result<Self, Unread> {
        match reply {
            Value::Okay => Ok(Self::Done),
            Value::Array(_) => ExecutionResult::from_reply(reply).map(Self::Results),
            other => match text(&other) {
                Some("OK") => Ok(Self::Done),
                Some(id) => Ok(Self::Started(ExecutionId::from(id))),
                None => Err(Misfit::new("OK, results or the id of an execution", &other).of(other)),
            },
        }
    }

    pub(crate) fn decode_with<U>(self, decoder: Decoder<U>) -> Result<Executed<U>> {
        Ok(match self {
            Self::Done => Executed::Done,
            Self::Results(results) => Executed::Results(results.decode_with(decoder)?),
            Self::Started(id) => Executed::Started(id),
        })
    }
}

/// Says that there was not the one result that was asked for.
fn result_count(count: usize) -> Error {
    let mismatch = Mismatch::new("one result", Value::Nil);
    Error::result(
        "results".to_owned(),
        mismatch.describing(format!("{count} results")),
    )
}
