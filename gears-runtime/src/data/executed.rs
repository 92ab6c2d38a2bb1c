//! What came of a script.

use redis::Value;

use super::{
    execution::ExecutionId,
    read::{Misfit, Unread},
    result::ExecutionResult,
};
use crate::{error::Result, server::value::text, wire::decoder::Decoder};

/// Says what came of a script (spec section 1.1).
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, Script, data::Executed, embedded};
///
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// assert_eq!(gears.py_execute(&Script::from_source("x = 1"))?, Executed::Done);
/// let script = Script::from_source("GB('ShardsIDReader').count().run()").returning::<i64>();
/// assert_eq!(gears.py_execute(&script)?.into_results().into_one()?, 1);
/// assert!(gears.py_execute_unblocking(&script)?.id().is_some());
/// # Ok::<(), gears_runtime::Error>(())
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

    /// Says over how many shards it was.
    pub(crate) fn over(self, shards: Option<usize>) -> Self {
        match self {
            Self::Results(results) => Self::Results(results.over(shards)),
            other => other,
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
