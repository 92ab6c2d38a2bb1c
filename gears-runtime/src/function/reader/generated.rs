//! Functions of records that Python makes, and of shards.

use super::kind::{Generated, ShardIds};
use crate::function::{open::GearFunction, origin::Argument, role::Generator, value::PyValue};

/// Reads what a Python generator yields on each shard.
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
/// let letters = PythonReader::new(py!("lambda: iter('abc')")).declare::<char>();
/// assert_eq!(letters.run().on(&gears)?.into_results(), ['a', 'b', 'c']);
/// # Ok(())
/// # }
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
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
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
    /// # Ok(())
    /// # }
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
/// # use gears_runtime::{Gears, embedded};
///
/// # fn main() -> gears_runtime::Result<()> {
/// # let server = embedded::Server::start()?;
/// # let gears = Gears::connect(server.url())?;
/// let ids: Vec<String> = ShardsIdReader::new().run().on(&gears)?.into_results();
/// assert_eq!(ids, ["1"], "it stands alone");
/// # Ok(())
/// # }
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
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// // Runs something once on each shard.
    /// let versions = ShardsIdReader::new().map(py!("lambda _shard: execute('INFO', 'server')"));
    /// let versions = versions.run().on(&gears)?.into_results();
    /// assert!(versions[0].as_str().unwrap().contains("redis_version"));
    /// # Ok(())
    /// # }
    /// ```
    #[expect(clippy::new_without_default, reason = "`new` keeps its caller's place")]
    #[track_caller]
    pub fn new() -> Self {
        Self::begin(Argument::None)
    }
}
