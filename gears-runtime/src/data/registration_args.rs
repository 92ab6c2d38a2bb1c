//! What a registration was made with, by its reader.

use std::collections::BTreeMap;

use redis::Value;

use super::read::{Fields, Misfit, Read, map_reply, words};

/// Says what the reader of a registration was told.
///
/// # Examples
///
/// ```
/// use gears_runtime::data::{ReaderArgs, Registration};
///
/// /// Says what makes a registration run.
/// fn cause(registration: &Registration) -> String {
///     match &registration.data.args {
///         ReaderArgs::Command(args) => format!("RG.TRIGGER {}", args.trigger),
///         ReaderArgs::Keys(args) => format!("events of {}", args.pattern),
///         ReaderArgs::Stream(args) => format!("entries of {}", args.stream),
///         _ => format!("a {}", registration.reader),
///     }
/// }
/// # #[cfg(feature = "embedded")] {
/// # use gears_runtime::{Gears, Script, embedded};
/// # let server = embedded::Server::start()?;
/// # let gears = Gears::connect(server.url())?;
/// # gears.execute(&Script::from_source("GB('KeysReader').register('user:*')"))?;
/// assert_eq!(cause(&gears.dump_registrations()?[0]), "events of user:*");
/// # }
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ReaderArgs {
    /// For a CommandReader.
    Command(CommandArgs),
    /// For a KeysReader.
    Keys(KeysArgs),
    /// For a StreamReader.
    Stream(StreamArgs),
    /// For a reader that this version of the crate does not know.
    Other(BTreeMap<String, Value>),
}

impl Read for ReaderArgs {
    fn read(value: &Value) -> Result<Self, Misfit> {
        let fields = Fields::read(value)?;
        Ok(if fields.has("trigger") {
            Self::Command(CommandArgs::read(value)?)
        } else if fields.has("stream") {
            Self::Stream(StreamArgs::read(value)?)
        } else if fields.has("regex") {
            Self::Keys(KeysArgs::read(value)?)
        } else {
            Self::Other(fields.rest())
        })
    }
}

map_reply! {
    /// Says what a CommandReader was told (spec section 1.3).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Script, data::ReaderArgs};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let source = "GB('CommandReader').register(trigger='ping', inorder=True)";
    /// gears.execute(&Script::from_source(source))?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// let ReaderArgs::Command(args) = registration.data.args else { panic!() };
    /// assert_eq!((args.trigger.as_str(), args.in_order), ("ping", Some(true)));
    /// assert_eq!(args.version, None, "there is one function under this trigger");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub struct CommandArgs {
        /// The trigger; for a hook, the command.
        pub trigger: String = "trigger",
        /// Whether calls run one after another (1.0.7 to 1.0.9, 1.2.2 and later).
        pub in_order: Option<bool> = "inorder",
        /// The version of the function, where there may be several under the trigger (`gears-engine`).
        ///
        /// It answers to the trigger, `@` and the version.
        pub version: Option<String> = "version",
        /// Whether it is the newest version, which answers to the trigger alone too (`gears-engine`).
        pub newest: Option<bool> = "newest",
        /// How long it stays that nobody calls when it is not the newest, in milliseconds (`gears-engine`).
        pub keep_ms: Option<i64> = "keep",
        /// How long nobody has called it, in milliseconds (`gears-engine`).
        pub idle_ms: Option<i64> = "idleFor",
    }
}

map_reply! {
    /// Says what a KeysReader was told (spec section 1.3).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Script, data::ReaderArgs};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let source = "GB('KeysReader').register('user:*', keyTypes=['hash'])";
    /// gears.execute(&Script::from_source(source))?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// let ReaderArgs::Keys(args) = registration.data.args else { panic!() };
    /// assert_eq!(args.pattern, "user:*");
    /// assert_eq!(args.key_types.unwrap(), ["hash"]);
    /// assert_eq!(args.event_types, None);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub struct KeysArgs {
        /// The key, or the beginning of keys before `*`.
        pub pattern: String = "regex",
        /// The events that concern it; `None` for all.
        pub event_types: Option<Vec<String>> = "eventTypes",
        /// The types of keys that concern it; `None` for all.
        pub key_types: Option<Vec<String>> = "keyTypes",
        /// The commands that concern it; `None` for all (RedisGears 1.2.0 and later).
        pub hook_commands: Option<Vec<String>> = "hookCommands",
    }
}

map_reply! {
    /// Says what a StreamReader was told (spec section 1.3).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Script, data::{FailurePolicy, ReaderArgs}};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let source = "GB('StreamReader').register('orders', batch=100, onFailedPolicy='retry')";
    /// gears.execute(&Script::from_source(source))?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// let ReaderArgs::Stream(args) = registration.data.args else { panic!() };
    /// assert_eq!((args.stream.as_str(), args.batch_size), ("orders", 100));
    /// assert_eq!(args.on_failed_policy, Some(FailurePolicy::Retry));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub struct StreamArgs {
        /// How many entries are taken at a time.
        pub batch_size: i64 = "batchSize",
        /// How long it waits for a batch to fill, in milliseconds.
        pub duration_ms: i64 = "durationMS",
        /// The stream, or the beginning of streams before `*`.
        pub stream: String = "stream",
        /// Whether entries are taken out of the stream afterwards (1.2.3 and later).
        pub trim_stream: Option<bool> = "trimStream",
        /// What happens when it fails (1.2.3 and later).
        pub on_failed_policy: Option<FailurePolicy> = "onFailedPolicy",
        /// How long it waits before it tries again, in seconds (1.2.3 and later).
        pub retry_interval: Option<i64> = "retryInterval",
    }
}

words! {
    /// Says what happens when a function on a stream fails.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::FailurePolicy;
    ///
    /// assert_eq!(FailurePolicy::from("retry"), FailurePolicy::Retry);
    /// ```
    pub enum FailurePolicy {
        /// It goes on with the next entries.
        Continue = "continue",
        /// It ends.
        Abort = "abort",
        /// It is tried again.
        Retry = "retry",
    }
}
