//! What only runs over keys say.

use super::BatchFunction;
use crate::function::{
    origin::Argument,
    reader::kind::{Keys, KeysOnly},
    role::PatternGenerator,
};

impl<T> BatchFunction<T, Keys> {
    /// Reads the keys that match this pattern, instead of the reader's own.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::function::KeysReader;
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("MSET").arg(&["user:1", "ada", "user:2", "bob"]).exec(&mut connection).unwrap();
    /// let names = KeysReader::new("user:*").values().declare::<String>().run();
    /// assert_eq!(names.on(&gears)?.results().len(), 2);
    /// assert_eq!(names.pattern("user:2").on(&gears)?.into_results(), ["bob"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn pattern(mut self, pattern: impl Into<String>) -> Self {
        self.argument = Some(Argument::Text(pattern.into()));
        self
    }

    /// Takes the pattern for the name of one key, which is looked up rather than looked for.
    ///
    /// There is one record on every shard then, of type `empty` where the key is not.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::function::KeysReader;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let missing = KeysReader::new("user:1").run().no_scan().on(&gears)?.into_one()?;
    /// assert_eq!(missing.kind.as_deref(), Some("empty"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn no_scan(mut self) -> Self {
        self.no_scan = true;
        self
    }

    /// Says whether types and values are read, as they are unless told otherwise.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::function::KeysReader;
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("SET").arg("page").arg("a long text").exec(&mut connection).unwrap();
    /// let record = KeysReader::new("*").run().read_value(false).on(&gears)?.into_one()?;
    /// assert_eq!(record.key.as_str(), Some("page"));
    /// assert!(record.kind.is_none() && record.value.is_none());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn read_value(mut self, read: bool) -> Self {
        self.read_value = read;
        self
    }
}

impl<T> BatchFunction<T, KeysOnly> {
    /// Reads the keys that match this pattern, instead of the reader's own.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::function::KeysOnlyReader;
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("MSET").arg(&["user:1", "ada", "page:1", ""]).exec(&mut connection).unwrap();
    /// let count = KeysOnlyReader::new("*").count().run();
    /// assert_eq!(count.clone().pattern("page:*").on(&gears)?.into_one()?, 1);
    /// assert_eq!(count.on(&gears)?.into_one()?, 2);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn pattern(mut self, pattern: impl Into<String>) -> Self {
        self.argument = Some(Argument::Text(pattern.into()));
        self
    }

    /// Takes the pattern for the name of one key, which is looked up rather than looked for.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::function::KeysOnlyReader;
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// redis::cmd("MSET").arg(&["odd[name]", "", "oddn", ""]).exec(&mut connection).unwrap();
    /// // As a pattern, it would mean the other key.
    /// let key = KeysOnlyReader::new("odd[name]").run().no_scan();
    /// assert_eq!(key.on(&gears)?.into_results(), ["odd[name]"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn no_scan(mut self) -> Self {
        self.no_scan = true;
        self
    }

    /// Has each shard say what to read, instead of the reader's own pattern.
    ///
    /// The Python function is called once on each shard. It returns a pair: a pattern, and
    /// whether that is the name of one key, which is looked up rather than looked for.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, embedded, function::KeysOnlyReader, py, redis};
    ///
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// // On each shard there is one key whose name ends so.
    /// redis::cmd("SET").arg("jobs:{06S}").arg("7").exec(&mut connection).unwrap();
    ///
    /// let jobs = KeysOnlyReader::new("*")
    ///     .run()
    ///     .pattern_generator(py!("lambda: ('jobs:{%s}' % hashtag(), True)"));
    /// assert_eq!(jobs.on(&gears)?.into_one()?, "jobs:{06S}");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn pattern_generator(mut self, generator: impl PatternGenerator) -> Self {
        self.pattern_generator = Some(generator.into_code());
        self
    }

    /// Sets how many keys a step of the scan looks at: 1000 unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::KeysOnlyReader;
    ///
    /// // Small steps leave the server more time for others between them.
    /// let careful = KeysOnlyReader::new("user:*").run().scan_count(50);
    /// assert!(careful.script()?.source().contains("count=50"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn scan_count(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }
}
