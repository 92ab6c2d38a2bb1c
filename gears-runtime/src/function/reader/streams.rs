//! Functions of the entries of streams.

use super::kind::Streams;
use crate::{
    function::{open::GearFunction, origin::Argument, record::StreamRecord, step::Step},
    python::value::PyValue,
};

/// Reads the entries of a stream, or waits for new ones.
///
/// # Examples
///
/// ```
/// use gears_runtime::{function::StreamReader, py};
///
/// let purchases = StreamReader::new("purchases:*").values();
/// let registered = purchases
///     .for_each(py!("lambda purchase: cmd.incrby('sold:' + purchase['item'], purchase['amount'])"))
///     .register()
///     .batch(50);
/// assert!(registered.script()?.source().contains("prefix='purchases:*'"));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub type StreamReader = GearFunction<StreamRecord, Streams>;

impl StreamReader {
    /// Reads the entries of the stream with that key.
    ///
    /// Registered, the function waits for new entries; the key may end with `*` then, for
    /// every stream that begins so.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::function::StreamReader;
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("XADD").arg(&["orders", "*", "item", "tea"]).exec(&mut connection).unwrap();
    /// let order = StreamReader::new("orders").run().on(&gears)?.into_one()?;
    /// assert_eq!(order.value["item"].as_str(), Some("tea"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[track_caller]
    pub fn new(key: impl Into<String>) -> Self {
        Self::begin(Argument::Text(key.into()))
    }

    /// Takes the fields of the entries, each a `dict` of fields and values.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::StreamReader, py};
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("XADD").arg(&["orders", "*", "price", "2.5"]).exec(&mut connection).unwrap();
    /// redis::cmd("XADD").arg(&["orders", "*", "price", "3.5"]).exec(&mut connection).unwrap();
    /// let price = StreamReader::new("orders").values().avg(py!("lambda order: float(order['price'])"));
    /// assert_eq!(price.run().on(&gears)?.into_one()?, 3.0);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn values(&self) -> GearFunction<PyValue, Streams> {
        self.and(Step::Entry("value"))
    }

    /// Takes the keys of the streams.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::StreamReader, py};
    ///
    /// // Which stream an event came from is all that this one counts.
    /// let orders = StreamReader::new("orders:*");
    /// let busy = orders.keys().for_each(py!("lambda key: cmd.incr('busy:' + key)"));
    /// assert!(busy.register().script()?.source().contains("prefix='orders:*'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn keys(&self) -> GearFunction<String, Streams> {
        self.and(Step::Entry("key"))
    }

    /// Makes the parts of the entries attributes too: `entry.id` beside `entry["id"]`.
    ///
    /// Such an entry cannot go from shard to shard in a cluster of RedisGears.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::StreamReader, py};
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("XADD").arg(&["orders", "5-1", "item", "tea"]).exec(&mut connection).unwrap();
    /// let orders = StreamReader::new("orders").records();
    /// let line = py!("lambda order: order.id + ' ' + order.value['item']").returns::<String>();
    /// assert_eq!(orders.map(line).run().on(&gears)?.into_one()?, "5-1 tea");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn records(&self) -> Self {
        self.and(Step::Records)
    }
}
