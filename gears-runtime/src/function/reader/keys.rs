//! Functions of keys, with what they hold or without.

use super::kind::{Keys, KeysOnly};
use crate::{
    function::{
        keyword::KeyType, open::GearFunction, origin::Argument, record::KeyRecord, step::Step,
    },
    python::value::PyValue,
};

/// Reads keys with their types and values, or waits for events of keys.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::function::{KeyRecord, KeysReader};
/// # use gears_runtime::redis;
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// # let mut connection = gears.client().get_connection().unwrap();
/// redis::cmd("HSET").arg("user:ada").arg("age").arg(36).exec(&mut connection).unwrap();
/// let user: KeyRecord = KeysReader::new("user:*").run().on(&gears)?.into_one()?;
/// assert_eq!(user.kind.as_deref(), Some("hash"));
/// assert_eq!(user.value.get("age").and_then(|age| age.as_str()), Some("36"));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub type KeysReader = GearFunction<KeyRecord, Keys>;

impl KeysReader {
    /// Reads the keys that match a pattern of Redis, such as `*`, `user:*` or `h[ae]llo`.
    ///
    /// Registered, the function waits for events of those keys; the pattern must be the name
    /// of a key or end with its only `*` then.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::KeysReader, py};
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("SET").arg("user:ada").arg(36).exec(&mut connection).unwrap();
    /// redis::cmd("SET").arg("page:1").arg("…").exec(&mut connection).unwrap();
    /// let ages = KeysReader::new("user:*").values().map(py!("int")).declare::<i64>();
    /// assert_eq!(ages.run().on(&gears)?.into_results(), [36]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[track_caller]
    pub fn new(pattern: impl Into<String>) -> Self {
        Self::begin(Argument::Text(pattern.into()))
    }

    /// Keeps the keys of those types.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::function::{KeyType, KeysReader};
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("SET").arg("a").arg("text").exec(&mut connection).unwrap();
    /// redis::cmd("HSET").arg("b").arg("name").arg("Ada").exec(&mut connection).unwrap();
    /// let hashes = KeysReader::new("*").of_types([KeyType::Hash]).keys();
    /// assert_eq!(hashes.run().on(&gears)?.into_results(), ["b"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn of_types(&self, types: impl IntoIterator<Item = KeyType>) -> Self {
        self.and(Step::Types(types.into_iter().collect()))
    }

    /// Keeps the records of those events, such as `set` or `expired`.
    ///
    /// A batch has no events. Registered, [`events`](crate::function::EventFunction::events) is better: it
    /// keeps the others from starting the function at all.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Mode, function::KeysReader, py};
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let all = KeysReader::new("session:*").for_each(py!("lambda _record: cmd.incr('events')"));
    /// let ended = all.of_events(["del"]).for_each(py!("lambda _record: cmd.incr('ended')"));
    /// ended.register().mode(Mode::Sync).on(&gears)?;
    /// redis::cmd("SET").arg("session:1").arg("ada").exec(&mut connection).unwrap();
    /// redis::cmd("DEL").arg("session:1").exec(&mut connection).unwrap();
    /// let counts: (i64, i64) =
    ///     redis::cmd("MGET").arg(&["events", "ended"]).query(&mut connection).unwrap();
    /// assert_eq!(counts, (2, 1));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn of_events<S: Into<String>>(&self, events: impl IntoIterator<Item = S>) -> Self {
        self.and(Step::Events(events.into_iter().map(Into::into).collect()))
    }

    /// Takes the values.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::function::{KeysReader, PyValue};
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("RPUSH").arg("queue").arg(&["first", "second"]).exec(&mut connection).unwrap();
    /// let value = KeysReader::new("queue").values().run().on(&gears)?.into_one()?;
    /// assert_eq!(value, PyValue::List(vec!["first".into(), "second".into()]));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn values(&self) -> GearFunction<PyValue, Keys> {
        self.and(Step::Entry("value"))
    }

    /// Takes the keys.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::KeysReader, py};
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("MSET").arg(&["small", "1", "large", "1000"]).exec(&mut connection).unwrap();
    /// // Unlike `KeysOnlyReader`, this one can look at the values first.
    /// let large = KeysReader::new("*").filter(py!("lambda record: int(record['value']) > 9")).keys();
    /// assert_eq!(large.run().on(&gears)?.into_results(), ["large"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn keys(&self) -> GearFunction<String, Keys> {
        self.and(Step::Entry("key"))
    }

    /// Makes the entries of the records attributes too: `record.key` beside `record["key"]`.
    ///
    /// Such a record cannot go from shard to shard in a cluster of RedisGears: take out what is
    /// needed before steps that collect, group or sort.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::KeysReader, py};
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("SET").arg("user:ada").arg("Ada").exec(&mut connection).unwrap();
    /// let users = KeysReader::new("user:*").records();
    /// let lines = users.map(py!("lambda user: user.key + ' is ' + user.value").returns::<String>());
    /// assert_eq!(lines.run().on(&gears)?.into_one()?, "user:ada is Ada");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn records(&self) -> Self {
        self.and(Step::Records)
    }
}

/// Reads the names of keys.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::function::{KeysOnlyReader, Order};
/// # use gears_runtime::redis;
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// # let mut connection = gears.client().get_connection().unwrap();
/// redis::cmd("MSET").arg(&["user:2", "bob", "user:1", "ada"]).exec(&mut connection).unwrap();
/// let names = KeysOnlyReader::new("user:*").sort(Order::Ascending);
/// assert_eq!(names.run().on(&gears)?.into_results(), ["user:1", "user:2"]);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub type KeysOnlyReader = GearFunction<String, KeysOnly>;

impl KeysOnlyReader {
    /// Reads the names of the keys that match a pattern of Redis.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::KeysOnlyReader, py};
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("MSET").arg(&["tmp:1", "", "tmp:2", "", "user", ""]).exec(&mut connection).unwrap();
    /// let sweep = KeysOnlyReader::new("tmp:*").for_each(py!("lambda key: cmd.delete(key)"));
    /// assert_eq!(sweep.count().run().on(&gears)?.into_one()?, 2);
    /// assert_eq!(KeysOnlyReader::new("*").run().on(&gears)?.into_results(), ["user"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[track_caller]
    pub fn new(pattern: impl Into<String>) -> Self {
        Self::begin(Argument::Text(pattern.into()))
    }
}
