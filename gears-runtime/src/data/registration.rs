//! Registrations: what is installed on a server, and how it fares.

use std::{collections::BTreeMap, fmt};

use redis::Value;

use super::{
    execution::id,
    read::{Fields, Misfit, Read, map_reply, words},
};
use crate::python::literal;

id! {
    /// Names a registration.
    ///
    /// Made from text as it is: whether there is such a registration, the server says.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::RegistrationId;
    ///
    /// let id = RegistrationId::from("0000000000000000000000000000000000000000-52");
    /// assert_eq!(id.sequence(), Some(52));
    /// ```
    RegistrationId
}

map_reply! {
    /// Describes a registration (spec section 1.3).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Gears, Script, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("GB().register('person:*')"))?;
    /// let registrations = gears.dump_registrations()?;
    /// assert!(registrations[0].watches("person:1"));
    /// assert_eq!(registrations[0].data.num_triggered, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub struct Registration {
        /// Its id.
        pub id: RegistrationId = "id",
        /// The reader, such as `KeysReader`, `StreamReader` or `CommandReader`.
        pub reader: String = "reader",
        /// The description that the builder was given.
        pub description: Option<String> = "desc",
        /// How it runs and fares.
        pub data: RegistrationData = "RegistrationData",
        /// What the Python side keeps about it.
        pub private: Option<PrivateData> = "PD",
        /// The pool of workers that it runs on (RedisGears 1.2.0 and later).
        pub thread_pool: Option<String> = "ExecutionThreadPool",
    }
}

impl Registration {
    /// Returns the trigger, for a CommandReader.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("GB('CommandReader').register(trigger='ping')"))?;
    /// gears.execute(&Script::from_source("GB('KeysReader').register('user:*')"))?;
    /// let registrations = gears.dump_registrations()?;
    /// let triggers: Vec<&str> = registrations.iter().filter_map(|r| r.trigger()).collect();
    /// assert_eq!(triggers, ["ping"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn trigger(&self) -> Option<&str> {
        match &self.data.args {
            ReaderArgs::Command(args) => Some(&args.trigger),
            _ => None,
        }
    }

    /// Tells whether events of `key` concern it, for a KeysReader or a StreamReader.
    ///
    /// A pattern means one key, or all that begin with it when it ends in `*`
    /// (spec section 12, 18).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("GB('StreamReader').register('orders:*')"))?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// assert!(registration.watches("orders:today"));
    /// assert!(!registration.watches("users"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn watches(&self, key: &str) -> bool {
        let pattern = match &self.data.args {
            ReaderArgs::Keys(args) => &args.pattern,
            ReaderArgs::Stream(args) => &args.stream,
            _ => return false,
        };
        match pattern.strip_suffix('*') {
            Some(prefix) => key.starts_with(prefix),
            None => key == pattern,
        }
    }
}

impl From<Registration> for RegistrationId {
    fn from(registration: Registration) -> Self {
        registration.id
    }
}

impl From<&Registration> for RegistrationId {
    fn from(registration: &Registration) -> Self {
        registration.id.clone()
    }
}

map_reply! {
    /// Says how a registration runs and fares, on the shard that was asked (spec section 1.3).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let source = "GB('CommandReader').map(lambda _: 1 / 0).register(trigger='fail')";
    /// gears.execute(&Script::from_source(source))?;
    /// assert!(gears.trigger("fail", [""; 0]).unwrap_err().is_python());
    /// let data = gears.dump_registrations()?.remove(0).data;
    /// assert_eq!((data.num_triggered, data.num_failures), (1, 1));
    /// assert!(data.last_error.unwrap().contains("ZeroDivisionError"));
    /// # Ok(())
    /// # }
    /// ```
    pub struct RegistrationData {
        /// Where it runs.
        pub mode: RegistrationMode = "mode",
        /// How often it has begun.
        pub num_triggered: i64 = "numTriggered",
        /// How often it has ended well.
        pub num_success: i64 = "numSuccess",
        /// How often it has failed.
        pub num_failures: i64 = "numFailures",
        /// How often it was aborted.
        pub num_aborted: i64 = "numAborted",
        /// For keys, how many events were dropped because too much waited (`gears-engine`).
        pub num_dropped: Option<i64> = "numDropped",
        /// How long it took the last time, in milliseconds (RedisGears 1.2.2 and later).
        pub last_run_duration_ms: Option<i64> = "lastRunDurationMS",
        /// How long it took altogether, in milliseconds (RedisGears 1.2.2 and later).
        pub total_run_duration_ms: Option<i64> = "totalRunDurationMS",
        /// How long it took on average, in milliseconds (RedisGears 1.2.2 and later).
        pub avg_run_duration_ms: Option<f64> = "avgRunDurationMS",
        /// For streams, how far it was behind, in milliseconds (RedisGears 1.2.2 and later).
        pub last_estimated_lag_ms: Option<i64> = "lastEstimatedLagMS",
        /// For streams, how far it is behind on average, in milliseconds (1.2.2 and later).
        pub avg_estimated_lag_ms: Option<f64> = "avgEstimatedLagMS",
        /// The last error, until it ends well again.
        pub last_error: Option<String> = "lastError",
        /// What the reader was told.
        pub args: ReaderArgs = "args",
        /// For streams, whether it goes on.
        pub status: Option<RegistrationStatus> = "status",
    }
}

words! {
    /// Says where a registration runs (spec section 5.3).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::RegistrationMode;
    ///
    /// assert_eq!(RegistrationMode::from("async_local"), RegistrationMode::AsyncLocal);
    /// ```
    pub enum RegistrationMode {
        /// On workers of all shards.
        Async = "async",
        /// On a worker of the shard where it begins.
        AsyncLocal = "async_local",
        /// On the main thread of the shard where it begins.
        Sync = "sync",
    }
}

words! {
    /// Says whether a registration on streams goes on (spec section 1.3).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::RegistrationStatus;
    ///
    /// assert_eq!(RegistrationStatus::from("PAUSED"), RegistrationStatus::Paused);
    /// ```
    pub enum RegistrationStatus {
        /// It goes on.
        Ok = "OK",
        /// It was ended, by a failure with the policy `abort`.
        Aborted = "ABORTED",
        /// It was paused.
        Paused = "PAUSED",
        /// It failed, and will be tried again.
        WaitingForRetry = "WAITING_FOR_RETRY_ON_FAILURE",
    }
}

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
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let source = "GB('CommandReader').register(trigger='ping', inorder=True)";
    /// gears.execute(&Script::from_source(source))?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// let ReaderArgs::Command(args) = registration.data.args else { panic!() };
    /// assert_eq!((args.trigger.as_str(), args.in_order), ("ping", Some(true)));
    /// # Ok(())
    /// # }
    /// ```
    pub struct CommandArgs {
        /// The trigger; for a hook, the command.
        pub trigger: String = "trigger",
        /// Whether calls run one after another (1.0.7 to 1.0.9, 1.2.2 and later).
        pub in_order: Option<bool> = "inorder",
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
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let source = "GB('KeysReader').register('user:*', keyTypes=['hash'])";
    /// gears.execute(&Script::from_source(source))?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// let ReaderArgs::Keys(args) = registration.data.args else { panic!() };
    /// assert_eq!(args.pattern, "user:*");
    /// assert_eq!(args.key_types.unwrap(), ["hash"]);
    /// assert_eq!(args.event_types, None);
    /// # Ok(())
    /// # }
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
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let source = "GB('StreamReader').register('orders', batch=100, onFailedPolicy='retry')";
    /// gears.execute(&Script::from_source(source))?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// let ReaderArgs::Stream(args) = registration.data.args else { panic!() };
    /// assert_eq!((args.stream.as_str(), args.batch_size), ("orders", 100));
    /// assert_eq!(args.on_failed_policy, Some(FailurePolicy::Retry));
    /// # Ok(())
    /// # }
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

/// Holds what the Python side of a server keeps about a registration.
///
/// On RedisGears 1.0 the text is a Python literal, on 1.2 it only looks like one; the accessors
/// find in it what both have, and [`raw`](Self::raw) is the rest.
///
/// # Examples
///
/// ```
/// use gears_runtime::data::PrivateData;
///
/// let old = PrivateData::from("{'sessionId':'Z-0', 'depsList':[]}");
/// assert_eq!(old.session(), Some("Z-0"));
/// let new = PrivateData::from("{'sessionName':'s2', 'linkedTo': primary, 'registrationsList':['Z-52']}");
/// assert_eq!(new.session(), Some("s2"));
/// assert_eq!(new.registrations().unwrap(), ["Z-52"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateData {
    raw: String,
}

impl PrivateData {
    /// Returns the text as it came.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::PrivateData;
    ///
    /// let private = PrivateData::from("{'sessionName':'users', 'depsList':[]}");
    /// assert_eq!(private.raw(), private.to_string());
    /// ```
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Returns the name of the session that the registration belongs to.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("GB().register('user:*')").session("users"))?;
    /// let private = gears.dump_registrations()?.remove(0).private.unwrap();
    /// assert_eq!(private.session(), Some("users"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn session(&self) -> Option<&str> {
        self.quoted("'sessionName':")
            .or_else(|| self.quoted("'sessionId':"))
    }

    /// Returns the description of the session (RedisGears 1.2.2 and later).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let script = Script::from_source("GB().register('user:*')").session("users");
    /// gears.execute(&script.description("Looks after the users."))?;
    /// let private = gears.dump_registrations()?.remove(0).private.unwrap();
    /// assert_eq!(private.session_description(), Some("Looks after the users."));
    /// # Ok(())
    /// # }
    /// ```
    pub fn session_description(&self) -> Option<&str> {
        // A session without one shows this word.
        self.quoted("'sessionDescription':")
            .filter(|description| *description != "null")
    }

    /// Returns the ids of the registrations of its session (RedisGears 1.2.2 and later).
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// // One script, so one session: what is unregistered together.
    /// gears.execute(&Script::from_source("GB().register('user:*')\nGB().register('page:*')"))?;
    /// let private = gears.dump_registrations()?.remove(0).private.unwrap();
    /// assert_eq!(private.registrations().unwrap().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn registrations(&self) -> Option<Vec<String>> {
        let (_, rest) = self.raw.split_once("'registrationsList':")?;
        literal::parse_list(&rest[..=rest.find(']')?])
    }

    /// Returns the requirements of its session, by name.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::PrivateData;
    ///
    /// let private = PrivateData::from(
    ///     "{'sessionName':'s', 'depsList':[{'name':'numpy'}, {'name':'requests>=2'}]}",
    /// );
    /// assert_eq!(private.dependencies(), ["numpy", "requests>=2"]);
    /// ```
    pub fn dependencies(&self) -> Vec<&str> {
        let Some((_, list)) = self.raw.split_once("'depsList':") else {
            return Vec::new();
        };
        list.match_indices("'name':")
            .filter_map(|(index, key)| quoted(&list[index + key.len()..]))
            .collect()
    }

    fn quoted(&self, key: &str) -> Option<&str> {
        quoted(self.raw.split_once(key)?.1)
    }
}

fn quoted(text: &str) -> Option<&str> {
    let value = text.trim_start().strip_prefix('\'')?;
    Some(&value[..value.find('\'')?])
}

impl From<&str> for PrivateData {
    fn from(raw: &str) -> Self {
        Self {
            raw: raw.to_owned(),
        }
    }
}

impl fmt::Display for PrivateData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw)
    }
}

impl Read for PrivateData {
    fn read(value: &Value) -> Result<Self, Misfit> {
        String::read(value).map(|raw| Self { raw })
    }
}
