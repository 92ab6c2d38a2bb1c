//! Carries closed functions to a server and their results back.
//!
//! The only file here that touches a connection.

use std::{ops::Deref, slice, vec};

use redis::Value;
use serde::de::DeserializeOwned;

use super::{BatchFunction, decode::decode};
use crate::{
    error::{Error, Result},
    gears::Gears,
    script::Execution,
};

/// Holds the records that came out of a function, and the errors of those that did not.
///
/// A server stops reading at the first error, so with errors there may be fewer records than
/// there could be.
#[derive(Debug)]
pub struct Results<T> {
    records: Vec<T>,
    errors: Vec<Error>,
}

impl<T> Results<T> {
    /// Returns the records, whatever the errors.
    pub fn into_vec(self) -> Vec<T> {
        self.records
    }

    /// Returns the errors of single records.
    pub fn errors(&self) -> &[Error] {
        &self.errors
    }

    /// Returns the records, unless there was an error.
    ///
    /// # Errors
    ///
    /// The first error, if there is one.
    pub fn complete(mut self) -> Result<Vec<T>> {
        if self.errors.is_empty() {
            Ok(self.records)
        } else {
            Err(self.errors.swap_remove(0))
        }
    }

    /// Returns the first record, such as the only one of a total, unless there was an error.
    ///
    /// # Errors
    ///
    /// The first error, if there is one.
    pub fn first_record(self) -> Result<Option<T>> {
        Ok(self.complete()?.into_iter().next())
    }
}

impl<T> Deref for Results<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.records
    }
}

impl<T> IntoIterator for Results<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Results<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.iter()
    }
}

impl<T: DeserializeOwned, R> BatchFunction<T, R> {
    /// Runs the function on a server and waits for its records.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode) when a record is none of the declared type,
    /// [`Encode`](crate::ErrorKind::Encode) when a value has no Python form,
    /// [`Python`](crate::ErrorKind::Python) when the server's Python does not take the script,
    /// [`Requirement`](crate::ErrorKind::Requirement) when a package cannot be installed, and
    /// what a connection can have. Errors of single records are in [`Results::errors`].
    pub fn on(&self, gears: &Gears) -> Result<Results<T>> {
        let script = self.script_for(gears.dialect()?)?;
        self.read(&gears.execute(&script)?)
    }

    /// Runs the function on a server and awaits its records.
    ///
    /// # Errors
    ///
    /// As [`on`](Self::on).
    #[cfg(feature = "aio")]
    pub async fn on_async(&self, gears: &Gears) -> Result<Results<T>> {
        let script = self.script_for(gears.dialect_async().await?)?;
        self.read(&gears.execute_async(&script).await?)
    }

    fn read(&self, execution: &Execution) -> Result<Results<T>> {
        let errors: Vec<Error> = execution.errors().iter().map(Error::of_record).collect();
        let mut values = execution.results().to_vec();
        if values.is_empty() && errors.is_empty() && self.ends_counting() {
            // Servers do not count nothing.
            values.push(Value::BulkString(b"i0".to_vec()));
        }
        let records = values
            .into_iter()
            .map(|value| {
                decode(value).map_err(|mismatch| {
                    let place = self.function.origin.place;
                    let what = format!("the gear function of {}:{}", place.file(), place.line());
                    Error::decode_at(what, mismatch)
                })
            })
            .collect::<Result<Vec<T>>>()?;
        Ok(Results { records, errors })
    }
}
