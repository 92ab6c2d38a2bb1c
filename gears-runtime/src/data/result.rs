//! What a run brings: results and errors, both at once.

use std::{slice, vec};

use redis::Value;
use serde::de::DeserializeOwned;

use super::{
    execution_error::ExecutionError,
    read::{Misfit, Unread},
};
use crate::{
    error::{Error, Result},
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
    /// How many shards it was over, where that is known.
    shards: Option<usize>,
}

impl<T> ExecutionResult<T> {
    /// Returns the results, in the order in which they came.
    ///
    /// Among [`Value`]s an error is a result too, such as a negative number on RedisGears with
    /// `convertToStr=True`.
    pub fn results(&self) -> &[T] {
        &self.results
    }

    /// Returns the errors of records, each with Python's traceback where there is one.
    pub fn errors(&self) -> &[ExecutionError] {
        &self.errors
    }

    /// Tells whether no record failed.
    pub fn is_ok(&self) -> bool {
        self.errors.is_empty()
    }

    /// Returns how many shards of a cluster took part: 1 on a server that is alone, and of functions
    /// that stay on [one of them](crate::function::BatchFunction::local).
    ///
    /// The shard that got the function says how many there are, in the same round trip; on a
    /// cluster of RedisGears, in one of its own before the run. `None` where nobody was asked: of
    /// scripts of text, which decide for themselves where they run, and of executions that are
    /// known by their id alone; and where the user may not call `RG.INFOCLUSTER`.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::function::KeysReader;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let keys = KeysReader::new("*").count().run().on(&gears)?;
    /// assert_eq!(keys.shards(), Some(1));
    /// println!("{} keys on {} shards", keys.results()[0], keys.shards().unwrap_or(1));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn shards(&self) -> Option<usize> {
        self.shards
    }

    /// Returns the results and drops the errors.
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
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let divided = PythonReader::new(py!("lambda: [3, 0]")).map(py!("lambda n: 6 // n"));
    /// let result = divided.declare::<i64>().run().on(&gears)?;
    /// let (results, errors) = result.into_parts();
    /// for error in &errors {
    ///     eprintln!("left out: {error}");
    /// }
    /// assert_eq!((results, errors.len()), (vec![2], 1));
    /// # Ok::<(), gears_runtime::Error>(())
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
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let numbers = PythonReader::new(py!("lambda: [3, 2, 0]"));
    /// let divided = numbers.map(py!("lambda n: 6 // n")).declare::<i64>();
    /// assert_eq!(divided.limit(2).run().on(&gears)?.into_result()?, [2, 3]);
    /// assert!(divided.run().on(&gears)?.into_result().unwrap_err().is_python());
    /// # Ok::<(), gears_runtime::Error>(())
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
            shards: self.shards,
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
            shards: self.shards,
        })
    }

    pub(crate) fn new(results: Vec<T>, errors: Vec<ExecutionError>) -> Self {
        Self {
            results,
            errors,
            shards: None,
        }
    }

    /// Says over how many shards it was.
    pub(crate) fn over(mut self, shards: Option<usize>) -> Self {
        self.shards = shards;
        self
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
            shards: self.shards,
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
                    Some(Value::Array(results)) => Ok(Self::new(results, errors)),
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

/// Says that there was not the one result that was asked for.
fn result_count(count: usize) -> Error {
    let mismatch = Mismatch::new("one result", Value::Nil);
    Error::result(
        "results".to_owned(),
        mismatch.describing(format!("{count} results")),
    )
}
