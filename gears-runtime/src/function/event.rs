//! Functions closed with `register`.

use std::{fmt, panic::Location, time::Duration};

use super::{
    GearFunction,
    callback::Code,
    keyword::{KeyType, ReaderType},
    open::Argument,
    reader::{Commands, Keys, Registers, Streams},
    role::Registrator,
    spot::Spot,
    write::{self, Closing, Ending},
};
use crate::{
    data::FailurePolicy,
    error::{Error, Result},
    gear::{Mode, Replace},
    literal::{list, string},
    script::Script,
};

/// A gear function that runs whenever something happens.
///
/// [`GearFunction::register`] makes one of a [`KeysReader`](super::KeysReader) or a
/// [`StreamReader`](super::StreamReader), [`register_trigger`](GearFunction::register_trigger)
/// and [`register_hook`](GearFunction::register_hook) of a
/// [`CommandReader`](super::CommandReader). It takes no more steps;
/// [`on`](Self::on) registers it on a server, where it stays until it is unregistered.
pub struct EventFunction<T, R> {
    pub(crate) function: GearFunction<T, R>,
    pub(crate) cause: Cause,
    pub(crate) replace: Replace,
    prefix: Option<String>,
    mode: Option<Mode>,
    collect: bool,
    on_registered: Option<Code>,
    events: Option<Vec<String>>,
    key_types: Option<Vec<KeyType>>,
    commands: Option<Vec<String>>,
    read_value: bool,
    batch: Option<u32>,
    duration: Option<Duration>,
    on_failed: Option<FailurePolicy>,
    retry_interval: Option<Duration>,
    trim: bool,
    in_order: bool,
    place: &'static Location<'static>,
}

/// What a function waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Events of keys or streams.
    Events,
    /// Calls by that name.
    Trigger(String),
    /// Commands that it stands in for, of all keys or those that begin so.
    Hook(String, Option<String>),
}

impl<T, R> GearFunction<T, R> {
    #[track_caller]
    fn closed(&self, cause: Cause) -> EventFunction<T, R> {
        EventFunction {
            function: self.clone(),
            cause,
            replace: Replace::Refuse,
            prefix: None,
            mode: None,
            collect: true,
            on_registered: None,
            events: None,
            key_types: None,
            commands: None,
            read_value: true,
            batch: None,
            duration: None,
            on_failed: None,
            retry_interval: None,
            trim: true,
            in_order: false,
            place: Location::caller(),
        }
    }

    /// Closes the function: it is to run whenever the reader has something new.
    ///
    /// It waits for what the reader was made with, unless
    /// [`prefix`](EventFunction::prefix) says otherwise.
    #[must_use]
    #[track_caller]
    pub fn register(&self) -> EventFunction<T, R>
    where
        R: Registers,
    {
        self.closed(Cause::Events)
    }
}

impl<T> GearFunction<T, Commands> {
    /// Closes the function: it is to run whenever somebody calls `RG.TRIGGER` with that name.
    ///
    /// What it makes of the command is the reply, natural for any client: text and bytes as they
    /// are, numbers as integers or text, `None` as no result, anything else as JSON.
    #[must_use]
    #[track_caller]
    pub fn register_trigger(&self, trigger: impl Into<String>) -> EventFunction<T, Commands> {
        self.closed(Cause::Trigger(trigger.into()))
    }

    /// Closes the function: it is to stand in for a command of the server (RedisGears 1.2).
    ///
    /// It has to make exactly one record, which is the reply as the server converts it.
    #[must_use]
    #[track_caller]
    pub fn register_hook(&self, command: impl Into<String>) -> EventFunction<T, Commands> {
        self.closed(Cause::Hook(command.into(), None))
    }
}

impl<T, R> EventFunction<T, R> {
    /// Says where it runs: on all shards ([`Mode::Async`], unless said), on a worker of the
    /// shard where it happened ([`Mode::AsyncLocal`]), or at once on that shard's main thread
    /// ([`Mode::Sync`]).
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Says whether the results of all shards come together, as they do unless told otherwise.
    #[must_use]
    pub fn collect(mut self, collect: bool) -> Self {
        self.collect = collect;
        self
    }

    /// Calls this function on each shard when it is registered there, also after a restart.
    ///
    /// It is the place for what cannot travel, such as connections.
    #[must_use]
    pub fn on_registered(mut self, registrator: impl Registrator) -> Self {
        self.on_registered = Some(registrator.into_code());
        self
    }

    /// Returns the function that was closed.
    pub fn function(&self) -> &GearFunction<T, R> {
        &self.function
    }

    /// Returns the script that registers the function.
    ///
    /// # Errors
    ///
    /// [`Encode`](crate::ErrorKind::Encode) when a value that was passed into Python has no
    /// Python form, and [`Configuration`](crate::ErrorKind::Configuration) when the reader's
    /// pattern is none that events can have, or a time is none.
    pub fn script(&self) -> Result<Script> {
        let source = self.source(self.function.origin.description.as_deref())?;
        Ok(self.wrap(source))
    }

    /// Makes a script of its source, with the requirements.
    pub(crate) fn wrap(&self, source: String) -> Script {
        self.function
            .wrap(source, &self.on_registered)
            .closed_at(self.spot())
    }

    /// Returns where the function is closed.
    pub(crate) fn spot(&self) -> Spot {
        match &self.cause {
            Cause::Events => Spot::new(self.place, "register", ".register()"),
            Cause::Trigger(trigger) => Spot::new(
                self.place,
                "register_trigger",
                format!(".register_trigger({trigger:?})"),
            ),
            Cause::Hook(command, _) => Spot::new(
                self.place,
                "register_hook",
                format!(".register_hook({command:?})"),
            ),
        }
    }

    /// Writes the source with that description.
    pub(crate) fn source(&self, description: Option<&str>) -> Result<String> {
        let origin = &self.function.origin;
        let mut keywords: Vec<(&'static str, String)> = Vec::new();
        match &self.cause {
            Cause::Events => keywords.push(("prefix", string(&self.watched()?))),
            Cause::Trigger(trigger) => keywords.push(("trigger", string(trigger))),
            Cause::Hook(command, prefix) => {
                keywords.push(("hook", string(command)));
                if let Some(prefix) = prefix {
                    keywords.push(("keyprefix", string(prefix)));
                }
            }
        }
        let mut put = |name, literal: Option<String>| {
            keywords.extend(literal.map(|literal| (name, literal)));
        };
        let texts = |texts: &Vec<String>| list(texts.iter().map(String::as_str));
        put("mode", self.mode.map(|mode| string(mode.as_str())));
        put("eventTypes", self.events.as_ref().map(texts));
        put(
            "keyTypes",
            self.key_types
                .as_ref()
                .map(|types| list(types.iter().map(|kind| kind.as_str()))),
        );
        put("commands", self.commands.as_ref().map(texts));
        put("readValue", (!self.read_value).then(|| "False".to_owned()));
        put("batch", self.batch.map(|batch| batch.to_string()));
        put(
            "duration",
            self.duration.map(|time| time.as_millis().to_string()),
        );
        put(
            "onFailedPolicy",
            self.on_failed
                .as_ref()
                .map(|policy| string(policy.as_str())),
        );
        put(
            "onFailedRetryInterval",
            // Servers count whole seconds, and try at once when there are none.
            self.retry_interval.map(|time| {
                let begun = u64::from(time.subsec_nanos() > 0);
                (time.as_secs() + begun).max(1).to_string()
            }),
        );
        put("trimStream", (!self.trim).then(|| "False".to_owned()));
        put("inorder", self.in_order.then(|| "True".to_owned()));
        put("collect", (!self.collect).then(|| "False".to_owned()));
        put("convertToStr", Some("False".to_owned()));
        write::write(
            origin,
            &self.function.steps,
            &Closing {
                action: "register",
                spot: &self.spot(),
                description,
                without_values: !self.read_value,
                ending: match self.cause {
                    Cause::Trigger(_) => Ending::Natural,
                    Cause::Events | Cause::Hook(..) => Ending::Raw,
                },
                argument: None,
                keywords,
                functions: self
                    .on_registered
                    .iter()
                    .map(|code| ("onRegistered", code))
                    .collect(),
            },
        )
    }

    /// Returns the name of a key, or what keys begin with and `*`.
    fn watched(&self) -> Result<String> {
        if let Some(prefix) = &self.prefix {
            return Ok(prefix.clone());
        }
        let Argument::Text(pattern) = &self.function.origin.argument else {
            return Ok("*".to_owned());
        };
        let start = pattern.strip_suffix('*').unwrap_or(pattern);
        let scanned = self.function.origin.reader == ReaderType::KeysReader;
        if start.contains('*') || scanned && start.contains(['?', '[', '\\']) {
            return Err(Error::configuration(format!(
                "events are of one key, or of all keys that begin alike: `{pattern}` is neither; \
                 say `.prefix(\"…*\")` and filter the records"
            )));
        }
        Ok(pattern.clone())
    }
}

impl<T> EventFunction<T, Keys> {
    /// Waits for events of this key, or of all keys that begin so if it ends with `*`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Waits for these events, such as `set` and `expired`; for all of them unless set.
    #[must_use]
    pub fn events<S: Into<String>>(mut self, events: impl IntoIterator<Item = S>) -> Self {
        self.events = Some(events.into_iter().map(Into::into).collect());
        self
    }

    /// Waits for events of keys of these types; of all of them unless set.
    #[must_use]
    pub fn key_types(mut self, types: impl IntoIterator<Item = KeyType>) -> Self {
        self.key_types = Some(types.into_iter().collect());
        self
    }

    /// Waits for events that these commands cause, and has their clients wait for it
    /// (RedisGears 1.2).
    #[must_use]
    pub fn commands<S: Into<String>>(mut self, commands: impl IntoIterator<Item = S>) -> Self {
        self.commands = Some(commands.into_iter().map(Into::into).collect());
        self
    }

    /// Says whether types and values are read, as they are unless told otherwise.
    #[must_use]
    pub fn read_value(mut self, read: bool) -> Self {
        self.read_value = read;
        self
    }
}

impl<T> EventFunction<T, Streams> {
    /// Waits for entries of this stream, or of all streams that begin so if it ends with `*`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Sets how many entries run together: 1 unless set.
    #[must_use]
    pub fn batch(mut self, entries: u32) -> Self {
        self.batch = Some(entries);
        self
    }

    /// Sets after what time fewer entries run, in whole milliseconds; they wait for ever unless set.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// Says what becomes of entries on which the function raises; they count as done unless said.
    #[must_use]
    pub fn on_failed_policy(mut self, policy: FailurePolicy) -> Self {
        self.on_failed = Some(policy);
        self
    }

    /// Sets after what time failed entries are tried again, rounded up to whole seconds.
    #[must_use]
    pub fn retry_interval(mut self, interval: Duration) -> Self {
        self.retry_interval = Some(interval);
        self
    }

    /// Says whether entries are deleted when they are done, as they are unless told otherwise.
    #[must_use]
    pub fn trim(mut self, trim: bool) -> Self {
        self.trim = trim;
        self
    }
}

impl<T> EventFunction<T, Commands> {
    /// Says what to do when the trigger holds another function: replace it, or keep it.
    ///
    /// Unless said, it is an error that names both.
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
    /// RedisGears 1.0.7 to 1.0.9 and 1.2.2 and later; others let them run at the same time.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        self.in_order = true;
        self
    }

    /// Stands in for commands on keys that begin so only; a trigger has no keys.
    #[must_use]
    pub fn key_prefix(mut self, prefix: impl Into<String>) -> Self {
        if let Cause::Hook(_, held) = &mut self.cause {
            *held = Some(prefix.into());
        }
        self
    }
}

impl<T, R> Clone for EventFunction<T, R> {
    fn clone(&self) -> Self {
        Self {
            function: self.function.clone(),
            cause: self.cause.clone(),
            replace: self.replace,
            prefix: self.prefix.clone(),
            mode: self.mode,
            collect: self.collect,
            on_registered: self.on_registered.clone(),
            events: self.events.clone(),
            key_types: self.key_types.clone(),
            commands: self.commands.clone(),
            read_value: self.read_value,
            batch: self.batch,
            duration: self.duration,
            on_failed: self.on_failed.clone(),
            retry_interval: self.retry_interval,
            trim: self.trim,
            in_order: self.in_order,
            place: self.place,
        }
    }
}

impl<T, R> fmt::Debug for EventFunction<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventFunction")
            .field("function", &self.function)
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}
