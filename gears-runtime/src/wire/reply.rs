//! The reply of `RG.TRIGGER` or `FCALL`: its shape, and what is said when a value does not fit.

use redis::Value;

use super::{mismatch::Mismatch, outcome::PerShard};
use crate::{
    error::{Error, Result},
    gear::descriptor::Gear,
    server::known::Server,
};

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
    pub(crate) fn from_value(value: Value, gear: &'static Gear, server: Server) -> Result<Self> {
        let is_bare = gear.function_on(server).is_some();
        match value {
            Value::ServerError(error) => Err(Error::from_server(
                &error,
                gear.trigger(),
                gear.requirements(),
            )),
            // A function of the server's answers with its result alone.
            value if is_bare => Ok(Self::of_results(
                match value {
                    Value::Nil => Vec::new(),
                    value => vec![value],
                },
                gear,
            )),
            value => Ok(Self { value, gear }),
        }
    }

    /// Takes results as if they had come.
    pub(crate) fn of_results(results: Vec<Value>, gear: &'static Gear) -> Self {
        Self {
            value: Value::Array(results),
            gear,
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

impl Error {
    pub(crate) fn decode(gear: &Gear, mismatch: Mismatch) -> Self {
        Self::mismatch(gear.place(), String::new(), mismatch)
    }
}
