//! The six readers, and what only their own functions can do.

use super::{
    keyword::{KeyType, ReaderType},
    open::GearFunction,
    origin::Argument,
    record::{CommandRecord, KeyRecord, StreamRecord},
    role::{Callee, Generator},
    step::Step,
    value::PyValue,
};

/// Where the records of a gear function come from.
///
/// # Examples
///
/// ```
/// use gears_runtime::function::{GearFunction, KeysOnlyReader, Order, Reader, StreamReader};
///
/// /// Keeps one page of records, wherever they come from.
/// fn page<T, R: Reader>(of: &GearFunction<T, R>, number: usize) -> GearFunction<T, R> {
///     of.sort(Order::Ascending).limit_from(10 * number, 10)
/// }
///
/// let keys = page(&KeysOnlyReader::new("user:*"), 2);
/// let entries = page(&StreamReader::new("orders").keys(), 0);
/// # assert_ne!(keys.reader_type(), entries.reader_type());
/// ```
pub trait Reader {
    #[doc(hidden)]
    const TYPE: ReaderType;
}

/// A reader that can read everything there is, once: what [`GearFunction::run`] takes.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Result, function::{GearFunction, Runs, ShardsIdReader}};
/// # use gears_runtime::{Gears, embedded};
///
/// # fn main() -> gears_runtime::Result<()> {
/// # let server = embedded::Server::start()?;
/// # let gears = Gears::connect(server.url())?;
/// /// Tells how many records there are, whatever they are.
/// fn size<T, R: Runs>(function: &GearFunction<T, R>, gears: &Gears) -> Result<i64> {
///     function.count().run().on(gears)?.into_one()
/// }
///
/// assert_eq!(size(&ShardsIdReader::new(), &gears)?, 1);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "functions of `{Self}` wait for events: there is nothing to `run`",
    label = "close it with `register_trigger` or `register_hook`",
    note = "the readers that run are `KeysReader`, `KeysOnlyReader`, `StreamReader`, `PythonReader` and `ShardsIdReader`"
)]
pub trait Runs: Reader {}

/// A reader that can wait for events: what [`GearFunction::register`] takes.
///
/// # Examples
///
/// ```
/// use gears_runtime::function::{EventFunction, GearFunction, KeysReader, Registers};
///
/// /// Closes a function so that its results stay on the shard where something happened.
/// fn on_the_spot<T, R: Registers>(function: &GearFunction<T, R>) -> EventFunction<T, R> {
///     function.register().mode(gears_runtime::Mode::AsyncLocal).collect(false)
/// }
///
/// let function = on_the_spot(&KeysReader::new("user:*"));
/// assert!(function.script()?.source().contains("mode='async_local'"));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "functions of `{Self}` cannot `register`",
    label = "`KeysReader` and `StreamReader` wait for events of their own",
    note = "`KeysOnlyReader`, `PythonReader` and `ShardsIdReader` only `run`; a `CommandReader` is closed with `register_trigger` or `register_hook`"
)]
pub trait Registers: Reader {}

macro_rules! readers {
    ($($(#[$docs:meta])* $name:ident($type:ident): $($abilities:ident)*;)*) => {$(
        $(#[$docs])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Reader for $name {
            const TYPE: ReaderType = ReaderType::$type;
        }

        $(impl $abilities for $name {})*
    )*};
}

readers! {
    /// Marks the functions of [`KeysReader`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{GearFunction, Keys, KeysReader}, py};
    ///
    /// fn ages() -> GearFunction<i64, Keys> {
    ///     KeysReader::new("age:*").values().map(py!("int").returns())
    /// }
    ///
    /// assert!(ages().run().script()?.source().contains("'age:*'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    Keys(KeysReader): Runs Registers;
    /// Marks the functions of [`KeysOnlyReader`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::{BatchFunction, KeysOnly, KeysOnlyReader};
    ///
    /// struct Census {
    ///     users: BatchFunction<i64, KeysOnly>,
    /// }
    ///
    /// let census = Census { users: KeysOnlyReader::new("user:*").count().run() };
    /// assert!(census.users.script()?.source().contains("'user:*'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    KeysOnly(KeysOnlyReader): Runs;
    /// Marks the functions of [`StreamReader`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::{EventFunction, PyValue, StreamReader, Streams};
    ///
    /// fn watch(stream: &str) -> EventFunction<PyValue, Streams> {
    ///     StreamReader::new(stream).values().register().batch(100)
    /// }
    ///
    /// assert!(watch("orders").script()?.source().contains("prefix='orders'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    Streams(StreamReader): Runs Registers;
    /// Marks the functions of [`PythonReader`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{GearFunction, Generated, PythonReader}, py};
    ///
    /// fn numbers(below: u32) -> GearFunction<u32, Generated> {
    ///     PythonReader::new(py!("lambda: range(below)", below = below)).declare()
    /// }
    ///
    /// assert!(numbers(7).run().script()?.source().contains("below=7"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    Generated(PythonReader): Runs;
    /// Marks the functions of [`ShardsIdReader`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{GearFunction, ShardIds, ShardsIdReader}, py};
    ///
    /// /// Counts the keys of each shard.
    /// fn sizes() -> GearFunction<i64, ShardIds> {
    ///     ShardsIdReader::new().map(py!("lambda _shard: execute('DBSIZE')").returns())
    /// }
    ///
    /// assert!(sizes().script()?.source().contains("DBSIZE"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    ShardIds(ShardsIdReader): Runs;
    /// Marks the functions of [`CommandReader`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{CommandReader, Commands, EventFunction, PyValue}, py};
    ///
    /// fn shout() -> EventFunction<PyValue, Commands> {
    ///     CommandReader::new().apply(py!("lambda text: text.upper() + '!'")).register_trigger("shout")
    /// }
    ///
    /// assert!(shout().script()?.source().contains("trigger='shout'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    Commands(CommandReader):;
}

/// Reads keys with their types and values, or waits for events of keys.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::function::{KeyRecord, KeysReader};
/// # use gears_runtime::{Gears, embedded, redis};
///
/// # fn main() -> gears_runtime::Result<()> {
/// # let server = embedded::Server::start()?;
/// # let gears = Gears::connect(server.url())?;
/// # let mut connection = gears.client().get_connection().unwrap();
/// redis::cmd("HSET").arg("user:ada").arg("age").arg(36).exec(&mut connection).unwrap();
/// let user: KeyRecord = KeysReader::new("user:*").run().on(&gears)?.into_one()?;
/// assert_eq!(user.kind.as_deref(), Some("hash"));
/// assert_eq!(user.value.get("age").and_then(|age| age.as_str()), Some("36"));
/// # Ok(())
/// # }
/// ```
pub type KeysReader = GearFunction<KeyRecord, Keys>;
/// Reads the names of keys.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::function::{KeysOnlyReader, Order};
/// # use gears_runtime::{Gears, embedded, redis};
///
/// # fn main() -> gears_runtime::Result<()> {
/// # let server = embedded::Server::start()?;
/// # let gears = Gears::connect(server.url())?;
/// # let mut connection = gears.client().get_connection().unwrap();
/// redis::cmd("MSET").arg(&["user:2", "bob", "user:1", "ada"]).exec(&mut connection).unwrap();
/// let names = KeysOnlyReader::new("user:*").sort(Order::Ascending);
/// assert_eq!(names.run().on(&gears)?.into_results(), ["user:1", "user:2"]);
/// # Ok(())
/// # }
/// ```
pub type KeysOnlyReader = GearFunction<String, KeysOnly>;
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
/// Waits for calls by `RG.TRIGGER`, or for commands that it stands in for.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{function::CommandReader, py, redis::Value};
/// # use gears_runtime::{Gears, embedded};
///
/// # fn main() -> gears_runtime::Result<()> {
/// # let server = embedded::Server::start()?;
/// # let gears = Gears::connect(server.url())?;
/// let add = py!("lambda left, right: int(left) + int(right)");
/// CommandReader::new().apply(add).register_trigger("add").on(&gears)?;
/// assert_eq!(gears.trigger("add", ["20", "3"])?, [Value::Int(23)]);
/// # Ok(())
/// # }
/// ```
pub type CommandReader = GearFunction<CommandRecord, Commands>;

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
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("SET").arg("user:ada").arg(36).exec(&mut connection).unwrap();
    /// redis::cmd("SET").arg("page:1").arg("…").exec(&mut connection).unwrap();
    /// let ages = KeysReader::new("user:*").values().map(py!("int")).declare::<i64>();
    /// assert_eq!(ages.run().on(&gears)?.into_results(), [36]);
    /// # Ok(())
    /// # }
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
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("SET").arg("a").arg("text").exec(&mut connection).unwrap();
    /// redis::cmd("HSET").arg("b").arg("name").arg("Ada").exec(&mut connection).unwrap();
    /// let hashes = KeysReader::new("*").of_types([KeyType::Hash]).keys();
    /// assert_eq!(hashes.run().on(&gears)?.into_results(), ["b"]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn of_types(&self, types: impl IntoIterator<Item = KeyType>) -> Self {
        self.and(Step::Types(types.into_iter().collect()))
    }

    /// Keeps the records of those events, such as `set` or `expired`.
    ///
    /// A batch has no events. Registered, [`events`](super::EventFunction::events) is better: it
    /// keeps the others from starting the function at all.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Mode, function::KeysReader, py};
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let all = KeysReader::new("session:*").for_each(py!("lambda _record: cmd.incr('events')"));
    /// let ended = all.of_events(["del"]).for_each(py!("lambda _record: cmd.incr('ended')"));
    /// ended.register().mode(Mode::Sync).on(&gears)?;
    /// redis::cmd("SET").arg("session:1").arg("ada").exec(&mut connection).unwrap();
    /// redis::cmd("DEL").arg("session:1").exec(&mut connection).unwrap();
    /// let counts: (i64, i64) =
    ///     redis::cmd("MGET").arg(&["events", "ended"]).query(&mut connection).unwrap();
    /// assert_eq!(counts, (2, 1));
    /// # Ok(())
    /// # }
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
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("RPUSH").arg("queue").arg(&["first", "second"]).exec(&mut connection).unwrap();
    /// let value = KeysReader::new("queue").values().run().on(&gears)?.into_one()?;
    /// assert_eq!(value, PyValue::List(vec!["first".into(), "second".into()]));
    /// # Ok(())
    /// # }
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
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("MSET").arg(&["small", "1", "large", "1000"]).exec(&mut connection).unwrap();
    /// // Unlike `KeysOnlyReader`, this one can look at the values first.
    /// let large = KeysReader::new("*").filter(py!("lambda record: int(record['value']) > 9")).keys();
    /// assert_eq!(large.run().on(&gears)?.into_results(), ["large"]);
    /// # Ok(())
    /// # }
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
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("SET").arg("user:ada").arg("Ada").exec(&mut connection).unwrap();
    /// let users = KeysReader::new("user:*").records();
    /// let lines = users.map(py!("lambda user: user.key + ' is ' + user.value").returns::<String>());
    /// assert_eq!(lines.run().on(&gears)?.into_one()?, "user:ada is Ada");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn records(&self) -> Self {
        self.and(Step::Records)
    }
}

impl KeysOnlyReader {
    /// Reads the names of the keys that match a pattern of Redis.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::KeysOnlyReader, py};
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("MSET").arg(&["tmp:1", "", "tmp:2", "", "user", ""]).exec(&mut connection).unwrap();
    /// let sweep = KeysOnlyReader::new("tmp:*").for_each(py!("lambda key: cmd.delete(key)"));
    /// assert_eq!(sweep.count().run().on(&gears)?.into_one()?, 2);
    /// assert_eq!(KeysOnlyReader::new("*").run().on(&gears)?.into_results(), ["user"]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn new(pattern: impl Into<String>) -> Self {
        Self::begin(Argument::Text(pattern.into()))
    }
}

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
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("XADD").arg(&["orders", "*", "item", "tea"]).exec(&mut connection).unwrap();
    /// let order = StreamReader::new("orders").run().on(&gears)?.into_one()?;
    /// assert_eq!(order.value["item"].as_str(), Some("tea"));
    /// # Ok(())
    /// # }
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
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("XADD").arg(&["orders", "*", "price", "2.5"]).exec(&mut connection).unwrap();
    /// redis::cmd("XADD").arg(&["orders", "*", "price", "3.5"]).exec(&mut connection).unwrap();
    /// let price = StreamReader::new("orders").values().avg(py!("lambda order: float(order['price'])"));
    /// assert_eq!(price.run().on(&gears)?.into_one()?, 3.0);
    /// # Ok(())
    /// # }
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
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("XADD").arg(&["orders", "5-1", "item", "tea"]).exec(&mut connection).unwrap();
    /// let orders = StreamReader::new("orders").records();
    /// let line = py!("lambda order: order.id + ' ' + order.value['item']").returns::<String>();
    /// assert_eq!(orders.map(line).run().on(&gears)?.into_one()?, "5-1 tea");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn records(&self) -> Self {
        self.and(Step::Records)
    }
}

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

impl CommandReader {
    /// Reads the words of commands: the name, then the arguments.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, py, redis::Value};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let words = CommandReader::new().map(py!("lambda words: ' '.join(words)"));
    /// words.register_trigger("echo").on(&gears)?;
    /// let reply = gears.trigger("echo", ["hello"])?;
    /// assert_eq!(reply, [Value::BulkString(b"echo hello".to_vec())]);
    /// # Ok(())
    /// # }
    /// ```
    #[expect(clippy::new_without_default, reason = "`new` keeps its caller's place")]
    #[track_caller]
    pub fn new() -> Self {
        Self::begin(Argument::None)
    }

    /// Takes the arguments, without the name before them.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, py, redis::Value};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let longest = CommandReader::new().args().map(py!("lambda args: max(args, key=len)"));
    /// longest.register_trigger("longest").on(&gears)?;
    /// let reply = gears.trigger("longest", ["to", "question"])?;
    /// assert_eq!(reply, [Value::BulkString(b"question".to_vec())]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn args(&self) -> GearFunction<Vec<PyValue>, Commands> {
        self.and(Step::Arguments(None))
    }

    /// Takes the first `max` arguments, without the name before them.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, py, redis::Value};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let pair = CommandReader::new().args_at_most(2).map(py!("lambda args: '-'.join(args)"));
    /// pair.register_trigger("pair").on(&gears)?;
    /// let reply = gears.trigger("pair", ["a", "b", "too much"])?;
    /// assert_eq!(reply, [Value::BulkString(b"a-b".to_vec())]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn args_at_most(&self, max: usize) -> GearFunction<Vec<PyValue>, Commands> {
        self.and(Step::Arguments(Some(max)))
    }

    /// Calls a Python function with the arguments, each a parameter of its own.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, py, redis::Value};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let repeat = CommandReader::new().apply(py!("lambda text, times=2: text * int(times)"));
    /// repeat.register_trigger("repeat").on(&gears)?;
    /// assert_eq!(gears.trigger("repeat", ["ha"])?, [Value::BulkString(b"haha".to_vec())]);
    /// assert_eq!(gears.trigger("repeat", ["ha", "3"])?, [Value::BulkString(b"hahaha".to_vec())]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn apply<F: Callee>(&self, function: F) -> GearFunction<F::Output, Commands> {
        self.and(Step::Apply(function.into_code()))
    }
}
