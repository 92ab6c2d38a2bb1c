//! The return type of a stub: what its value is, and how an error becomes its error.

use std::{ops::Deref, slice, vec};

use crate::error::Error;

/// The return type of a gear's function.
#[diagnostic::on_unimplemented(
    message = "a gear returns `Result<T, E>` where `E: From<gears_runtime::Error>`, not `{Self}`",
    label = "use `gears_runtime::Result<T>` here",
    note = "a call goes over the network and into Python, so it can always fail"
)]
pub trait Outcome: Sized {
    /// The value of a call that went well.
    type Value;

    /// Turns the outcome of a call into the function's own type.
    fn from_result(result: Result<Self::Value, Error>) -> Self;

    /// Takes out the value; an outcome without one comes back.
    fn into_value(self) -> Result<Self::Value, Self>;
}

#[diagnostic::do_not_recommend]
impl<T, E: From<Error>> Outcome for Result<T, E> {
    type Value = T;

    fn from_result(result: Result<T, Error>) -> Self {
        result.map_err(E::from)
    }

    fn into_value(self) -> Result<T, Self> {
        self.map_err(Err)
    }
}

/// Holds the results of a gear of mode `async`, which runs on every shard of a cluster.
///
/// There is one per shard: on gears-engine that of the shard which got the call comes first, and
/// the others are in no particular order. A shard on which the gear
/// returned `None` adds nothing. A stand-alone server counts as one shard.
///
/// # Examples
///
/// ```
/// use gears_runtime::PerShard;
///
/// let counts = PerShard::from(vec![2, 3]);
/// assert_eq!(counts.iter().sum::<i32>(), 5);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PerShard<T> {
    values: Vec<T>,
}

impl<T> PerShard<T> {
    /// Returns the results as a vector.
    pub fn into_vec(self) -> Vec<T> {
        self.values
    }
}

impl<T> From<Vec<T>> for PerShard<T> {
    fn from(values: Vec<T>) -> Self {
        Self { values }
    }
}

impl<T> Deref for PerShard<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.values
    }
}

impl<T> IntoIterator for PerShard<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a PerShard<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.iter()
    }
}

/// The value of a gear of mode `async`.
#[diagnostic::on_unimplemented(
    message = "a gear of mode `async` runs on every shard, so it returns `Result<PerShard<T>>`",
    label = "use `Result<PerShard<{Self}>>` here, or the mode `async_local`"
)]
pub trait EveryShard {
    /// What one shard returns.
    type Item;

    /// Does something with the result of each shard.
    ///
    /// # Errors
    ///
    /// The first that comes of it.
    fn each(self, with: impl FnMut(Self::Item) -> Result<Self::Item, Error>) -> Result<Self, Error>
    where
        Self: Sized;
}

impl<T> EveryShard for PerShard<T> {
    type Item = T;

    fn each(self, with: impl FnMut(T) -> Result<T, Error>) -> Result<Self, Error> {
        let values: Result<Vec<T>, Error> = self.into_iter().map(with).collect();
        values.map(Self::from)
    }
}
