//! What only functions of keys say.

use super::EventFunction;
use crate::{
    function::{keyword::KeyType, reader::kind::Keys},
    gear::cause::OnFull,
};

impl<T> EventFunction<T, Keys> {
    /// Waits for events of this key, or of all keys that begin so if it ends with `*`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::KeysReader;
    ///
    /// // The pattern of a batch says more than events can be chosen by.
    /// let names = KeysReader::new("user:[a-f]*").keys();
    /// let watched = names.register().prefix("user:*");
    /// assert!(watched.script()?.source().contains("prefix='user:*'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Waits for these events, such as `set` and `expired`; for all of them unless set.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{data::ReaderArgs, function::KeysReader};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// KeysReader::new("session:*").keys().register().events(["del", "expired"]).on(&gears)?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// let ReaderArgs::Keys(args) = registration.data.args else { panic!() };
    /// assert_eq!(args.event_types.unwrap(), ["del", "expired"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn events<S: Into<String>>(mut self, events: impl IntoIterator<Item = S>) -> Self {
        self.events = Some(events.into_iter().map(Into::into).collect());
        self
    }

    /// Waits for events of keys of these types; of all of them unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::{KeyType, KeysReader};
    ///
    /// let people = KeysReader::new("person:*").values().register().key_types([KeyType::Hash]);
    /// assert!(people.script()?.source().contains("keyTypes=['hash']"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn key_types(mut self, types: impl IntoIterator<Item = KeyType>) -> Self {
        self.key_types = Some(types.into_iter().collect());
        self
    }

    /// Waits for events that these commands cause, and has their clients wait for it
    /// (RedisGears 1.2).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Mode, function::KeysReader, py};
    ///
    /// // Whoever sends `HSET` gets this reply instead of the server's.
    /// let checked = KeysReader::new("person:*")
    ///     .for_each(py!("lambda person: override_reply('stored ' + person['key'])"))
    ///     .register()
    ///     .mode(Mode::AsyncLocal)
    ///     .commands(["hset"]);
    /// assert!(checked.script()?.source().contains("commands=['hset']"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn commands<S: Into<String>>(mut self, commands: impl IntoIterator<Item = S>) -> Self {
        self.commands = Some(commands.into_iter().map(Into::into).collect());
        self
    }

    /// Says whether types and values are read, as they are unless told otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::KeysReader, py};
    ///
    /// // The name of the key is enough; large values are not read for it.
    /// let count = py!("lambda page: cmd.incr('changes:' + page['key'])");
    /// let count = KeysReader::new("page:*").for_each(count);
    /// assert!(count.register().read_value(false).script()?.source().contains("readValue=False"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn read_value(mut self, read: bool) -> Self {
        self.read_value = read;
        self
    }

    /// Says what becomes of events for which the function's queue has no room: they are dropped
    /// and counted unless told otherwise (gears-engine).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{OnFull, function::KeysReader, py};
    ///
    /// // Orders come no faster than they are counted, and none is missed.
    /// let count = py!("lambda order: cmd.incr('orders:changed')");
    /// let count = KeysReader::new("order:*").for_each(count).register().on_full(OnFull::Wait);
    /// assert!(count.script()?.source().contains("onFull='wait'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn on_full(mut self, way: OnFull) -> Self {
        self.on_full = way;
        self
    }
}
