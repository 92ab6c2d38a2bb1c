//! What only functions of commands say.

use super::{Cause, EventFunction};
use crate::{
    function::{open::GearFunction, reader::kind::Commands},
    gear::mode::Replace,
};

impl<T> GearFunction<T, Commands> {
    /// Closes the function: it is to run whenever somebody calls `RG.TRIGGER` with that name.
    ///
    /// What it makes of the command is the reply, natural for any client: text and bytes as they
    /// are, numbers as integers or text, `None` as no result, anything else as JSON.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, py, redis::Value};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let visit = py!("lambda page: cmd.incr('visits:' + page)");
    /// CommandReader::new().apply(visit).register_trigger("visit").on(&gears)?;
    /// assert_eq!(gears.trigger("visit", ["home"])?, [Value::Int(1)]);
    /// assert_eq!(gears.trigger("visit", ["home"])?, [Value::Int(2)]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn register_trigger(&self, trigger: impl Into<String>) -> EventFunction<T, Commands> {
        self.closed(Cause::Trigger(trigger.into()))
    }

    /// Closes the function: it is to stand in for a command of the server (RedisGears 1.2;
    /// before, it is [`Unsupported`](crate::ErrorKind::Unsupported)).
    ///
    /// It has to make exactly one record, which is the reply as the server converts it.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Mode, function::CommandReader, py};
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let trim = py!("lambda key, value: call_next(key, value.strip())");
    /// CommandReader::new().apply(trim).register_hook("set").mode(Mode::Sync).on(&gears)?;
    /// redis::cmd("SET").arg("name").arg("  Ada ").exec(&mut connection).unwrap();
    /// let name: String = redis::cmd("GET").arg("name").query(&mut connection).unwrap();
    /// assert_eq!(name, "Ada");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn register_hook(&self, command: impl Into<String>) -> EventFunction<T, Commands> {
        self.closed(Cause::Hook(command.into(), None))
    }
}

impl<T> EventFunction<T, Commands> {
    /// Says what to do when the trigger holds another function: replace it, or keep it.
    ///
    /// Unless said, it is an error that names both.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Change, function::CommandReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let hello = CommandReader::new().apply(py!("lambda: 'hello'")).register_trigger("greet");
    /// hello.on(&gears)?;
    /// let hi = CommandReader::new().apply(py!("lambda: 'hi'")).register_trigger("greet");
    /// assert_eq!(hi.clone().replace(false).on(&gears)?, Change::Kept);
    /// assert_eq!(hi.replace(true).on(&gears)?, Change::Replaced);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn replace(mut self, replace: bool) -> Self {
        self.replace = if replace {
            Replace::Always
        } else {
            Replace::Never
        };
        self
    }

    /// Runs calls one after another, in the order in which they came.
    ///
    /// RedisGears 1.0.7 to 1.0.9 and 1.2.2 and later; elsewhere it is
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::CommandReader, py};
    ///
    /// let book = CommandReader::new().apply(py!("lambda entry: cmd.rpush('book', entry)"));
    /// let book = book.register_trigger("book").in_order();
    /// assert!(book.script()?.source().contains("inorder=True"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn in_order(mut self) -> Self {
        self.in_order = true;
        self
    }

    /// Stands in for commands on keys that begin so only; a trigger has no keys.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Mode, function::CommandReader, py};
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let lower = py!("lambda key, value: call_next(key, value.lower())");
    /// let hook = CommandReader::new().apply(lower).register_hook("set").key_prefix("email:");
    /// hook.mode(Mode::Sync).on(&gears)?;
    /// redis::cmd("SET").arg(&["email:ada", "Ada@Example.org"]).exec(&mut connection).unwrap();
    /// redis::cmd("SET").arg(&["name:ada", "Ada"]).exec(&mut connection).unwrap();
    /// let held: (String, String) =
    ///     redis::cmd("MGET").arg(&["email:ada", "name:ada"]).query(&mut connection).unwrap();
    /// assert_eq!(held, ("ada@example.org".to_owned(), "Ada".to_owned()));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn key_prefix(mut self, prefix: impl Into<String>) -> Self {
        if let Cause::Hook(_, held) = &mut self.cause {
            *held = Some(prefix.into());
        }
        self
    }
}
