//! Registrations: what is installed on a server, and how it fares.

use std::{fmt, str::FromStr};

use redis::Value;

use crate::{
    error::Error,
    gear::maker::{self, Maker},
};

use super::{
    execution::id,
    pattern,
    private_data::PrivateData,
    read::{Misfit, Read, map_reply, words},
    registration_args::ReaderArgs,
};

id! {
    /// Names a registration.
    ///
    /// Made from text as it is, and checked when it is parsed: whether there is such a registration, the server says.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::data::RegistrationId;
    ///
    /// let id = RegistrationId::from("0000000000000000000000000000000000000000-52");
    /// assert_eq!(id.sequence(), Some(52));
    /// assert!("52".parse::<RegistrationId>().is_err());
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
    /// let server = embedded::Server::start()?;
    /// let gears = Gears::connect(server.url())?;
    /// gears.execute(&Script::from_source("GB().register('person:*')"))?;
    /// let registrations = gears.dump_registrations()?;
    /// assert!(registrations[0].watches("person:1"));
    /// assert_eq!(registrations[0].data.num_triggered, 0);
    /// # Ok::<(), gears_runtime::Error>(())
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
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// gears.execute(&Script::from_source("GB('CommandReader').register(trigger='ping')"))?;
    /// gears.execute(&Script::from_source("GB('KeysReader').register('user:*')"))?;
    /// let registrations = gears.dump_registrations()?;
    /// let triggers: Vec<&str> = registrations.iter().filter_map(|r| r.trigger()).collect();
    /// assert_eq!(triggers, ["ping"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn trigger(&self) -> Option<&str> {
        match &self.data.args {
            ReaderArgs::Command(args) => Some(&args.trigger),
            _ => None,
        }
    }

    /// Returns what people wrote of its description, without what [`register_all`](crate::register_all) adds.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let source = "GB('CommandReader', desc='says pong').register(trigger='ping')";
    /// gears.execute(&Script::from_source(source))?;
    /// assert_eq!(gears.dump_registrations()?[0].plain_description(), "says pong");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn plain_description(&self) -> &str {
        maker::plain(self.description.as_deref().unwrap_or_default())
    }

    /// Tells whether what people wrote of its description matches a pattern, as RedGrease's `desc=` has it.
    ///
    /// `*` is anything, `?` one character, `[abc]` and `[a-z]` one of these, `[!abc]` none of these.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let source = "GB('CommandReader', desc='transaction log').register(trigger='log')";
    /// gears.execute(&Script::from_source(source))?;
    /// let mut registrations = gears.dump_registrations()?;
    /// registrations.retain(|registration| registration.is_described("transaction*log*"));
    /// assert_eq!(registrations.len(), 1);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn is_described(&self, pattern: &str) -> bool {
        pattern::matches(pattern, self.plain_description())
    }

    /// Returns who made it, for a gear of gears-runtime.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::Script;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// gears.execute(&Script::from_source("GB('CommandReader').register(trigger='ping')"))?;
    /// assert_eq!(gears.dump_registrations()?[0].maker(), None, "a script says nothing about it");
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn maker(&self) -> Option<Maker> {
        Maker::from_description(self.description.as_deref()?)
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
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// gears.execute(&Script::from_source("GB('StreamReader').register('orders:*')"))?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// assert!(registration.watches("orders:today"));
    /// assert!(!registration.watches("users"));
    /// # Ok::<(), gears_runtime::Error>(())
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
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let source = "GB('CommandReader').map(lambda _: 1 / 0).register(trigger='fail')";
    /// gears.execute(&Script::from_source(source))?;
    /// assert!(gears.trigger("fail", []).unwrap_err().is_python());
    /// let data = gears.dump_registrations()?.remove(0).data;
    /// assert_eq!((data.num_triggered, data.num_failures), (1, 1));
    /// assert!(data.last_error.unwrap().contains("ZeroDivisionError"));
    /// # Ok::<(), gears_runtime::Error>(())
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
