//! Functions of records that Python makes, and of shards.

use super::kind::{Generated, ShardIds};
use crate::{
    function::{open::GearFunction, origin::Argument, role::Generator},
    python::value::PyValue,
};

/// Reads what a Python generator yields on each shard.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{function::PythonReader, py};
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// let letters = PythonReader::new(py!("lambda: iter('abc')")).declare::<char>();
/// assert_eq!(letters.run().on(&gears)?.into_results(), ['a', 'b', 'c']);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub type PythonReader = GearFunction<PyValue, Generated>;

impl PythonReader {
    /// Reads what a generator function yields, on each shard.
    ///
    /// It may return any iterator.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, gear_fn};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// #[gear_fn]
    /// fn squares() -> i64 {
    ///     r#"
    ///     for number in range(1, 4):
    ///         yield number * number
    ///     "#
    /// }
    ///
    /// let numbers = PythonReader::new(squares).declare::<i64>();
    /// assert_eq!(numbers.run().on(&gears)?.into_results(), [1, 4, 9]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[track_caller]
    pub fn new(generator: impl Generator) -> Self {
        Self::begin(Argument::Code(generator.into_code()))
    }
}

/// Reads the id of each shard: one record per shard.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::function::ShardsIdReader;
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// let ids: Vec<String> = ShardsIdReader::new().run().on(&gears)?.into_results();
/// assert_eq!(ids, ["1"], "it stands alone");
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub type ShardsIdReader = GearFunction<String, ShardIds>;

impl ShardsIdReader {
    /// Reads one id per shard; outside of a cluster it is `1`.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::ShardsIdReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// // Runs something once on each shard.
    /// let versions = ShardsIdReader::new().map(py!("lambda _shard: execute('INFO', 'server')"));
    /// let versions = versions.run().on(&gears)?.into_results();
    /// assert!(versions[0].as_str().unwrap().contains("redis_version"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[expect(clippy::new_without_default, reason = "`new` keeps its caller's place")]
    #[track_caller]
    pub fn new() -> Self {
        Self::begin(Argument::None)
    }
}
