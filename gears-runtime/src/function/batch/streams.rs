//! What only runs over a stream say.

use super::BatchFunction;
use crate::function::{origin::Argument, reader::kind::Streams};

impl<T> BatchFunction<T, Streams> {
    /// Reads the stream with this key, instead of the reader's own.
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
    /// redis::cmd("XADD").arg(&["tuesday", "*", "item", "tea"]).exec(&mut connection).unwrap();
    /// let count = StreamReader::new("monday").count().run();
    /// assert_eq!(count.clone().key("tuesday").on(&gears)?.into_one()?, 1);
    /// assert_eq!(count.on(&gears)?.into_one()?, 0);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.argument = Some(Argument::Text(key.into()));
        self
    }

    /// Reads the entries after this id; all of them unless set.
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
    /// for id in ["1-0", "2-0", "3-0"] {
    ///     redis::cmd("XADD").arg(&["orders", id, "item", "tea"]).exec(&mut connection).unwrap();
    /// }
    /// let new = StreamReader::new("orders").run().from_id("1-0").on(&gears)?.into_results();
    /// assert_eq!(new.iter().map(|order| order.id.as_str()).collect::<Vec<_>>(), ["2-0", "3-0"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn from_id(mut self, id: impl Into<String>) -> Self {
        self.from_id = Some(id.into());
        self
    }
}
