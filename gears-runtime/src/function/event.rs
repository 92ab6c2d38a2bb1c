//! Functions closed with `register`.

use std::{fmt, panic::Location, time::Duration};

use super::{
    callback::Code,
    keyword::{KeyType, ReaderType},
    open::GearFunction,
    origin::Argument,
    reader::{Commands, Keys, Registers, Streams},
    role::Registrator,
    write::{self, Closing, Ending},
};
use crate::{
    command::script::Script,
    data::FailurePolicy,
    error::{Error, Result},
    gear::{
        cause::OnFull,
        descriptor::{Mode, Replace},
    },
    python::{
        literal::{list, string},
        spot::Spot,
    },
    server::feature::{Feature, of_key_events},
};

/// A gear function that runs whenever something happens.
///
/// [`GearFunction::register`] makes one of a [`KeysReader`](super::KeysReader) or a
/// [`StreamReader`](super::StreamReader), [`register_trigger`](GearFunction::register_trigger)
/// and [`register_hook`](GearFunction::register_hook) of a
/// [`CommandReader`](super::CommandReader). It takes no more steps;
/// [`on`](Self::on) registers it on a server, where it stays until it is unregistered.
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
/// let count = KeysReader::new("user:*")
///     .filter(py!("lambda user: not user['key'].endswith(':draft')"))
///     .for_each(py!("lambda _user: cmd.incr('changes')"))
///     .register()
///     .events(["set"])
///     .mode(Mode::Sync);
/// count.on(&gears)?;
/// redis::cmd("SET").arg("user:ada").arg("Ada").exec(&mut connection).unwrap();
/// redis::cmd("SET").arg("user:ada:draft").arg("?").exec(&mut connection).unwrap();
/// let changes: i64 = redis::cmd("GET").arg("changes").query(&mut connection).unwrap();
/// assert_eq!(changes, 1);
/// # Ok(())
/// # }
/// ```
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
    on_full: OnFull,
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
            on_full: OnFull::Drop,
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
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Mode, function::StreamReader, py};
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let sold = StreamReader::new("sales:*")
    ///     .for_each(py!("lambda sale: cmd.hincrby('sold', sale['value']['item'])"))
    ///     .register()
    ///     .mode(Mode::Sync);
    /// sold.on(&gears)?;
    /// redis::cmd("XADD").arg(&["sales:north", "*", "item", "tea"]).exec(&mut connection).unwrap();
    /// let sold: i64 = redis::cmd("HGET").arg(&["sold", "tea"]).query(&mut connection).unwrap();
    /// assert_eq!(sold, 1);
    /// # Ok(())
    /// # }
    /// ```
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
    /// let visit = py!("lambda page: cmd.incr('visits:' + page)");
    /// CommandReader::new().apply(visit).register_trigger("visit").on(&gears)?;
    /// assert_eq!(gears.trigger("visit", ["home"])?, [Value::Int(1)]);
    /// assert_eq!(gears.trigger("visit", ["home"])?, [Value::Int(2)]);
    /// # Ok(())
    /// # }
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
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let trim = py!("lambda key, value: call_next(key, value.strip())");
    /// CommandReader::new().apply(trim).register_hook("set").mode(Mode::Sync).on(&gears)?;
    /// redis::cmd("SET").arg("name").arg("  Ada ").exec(&mut connection).unwrap();
    /// let name: String = redis::cmd("GET").arg("name").query(&mut connection).unwrap();
    /// assert_eq!(name, "Ada");
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Mode, data::RegistrationMode, function::KeysReader};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// KeysReader::new("user:*").keys().register().mode(Mode::AsyncLocal).on(&gears)?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// assert_eq!(registration.data.mode, RegistrationMode::AsyncLocal);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Says whether the results of all shards come together, as they do unless told otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::KeysReader, py};
    ///
    /// // Nobody reads what it returns, so that nothing has to travel.
    /// let touched = KeysReader::new("*").for_each(py!("lambda _record: cmd.incr('touched')"));
    /// let touched = touched.register().collect(false);
    /// assert!(touched.script()?.source().contains("collect=False"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn collect(mut self, collect: bool) -> Self {
        self.collect = collect;
        self
    }

    /// Calls this function on each shard when it is registered there, also after a restart.
    ///
    /// It is the place for what cannot travel, such as connections.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, py};
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let rate = CommandReader::new().apply(py!("lambda currency: cmd.get('rate:' + currency)"));
    /// let prepare = py!("lambda: cmd.set('rate:eur', '1.1', nx=True)");
    /// rate.register_trigger("rate").on_registered(prepare).on(&gears)?;
    /// let rate: f64 = redis::cmd("GET").arg("rate:eur").query(&mut connection).unwrap();
    /// assert_eq!(rate, 1.1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_registered(mut self, registrator: impl Registrator) -> Self {
        self.on_registered = Some(registrator.into_code());
        self
    }

    /// Returns the function that was closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::KeysReader, py};
    ///
    /// let registered = KeysReader::new("user:*").values().register();
    /// // What it does with new values, once for those that are there already.
    /// let catch_up = registered.function().run();
    /// # let _ = catch_up;
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::KeysReader;
    ///
    /// let expired = KeysReader::new("session:*").keys().register().events(["expired"]);
    /// let script = expired.script().unwrap();
    /// assert!(script.source().contains("prefix='session:*', eventTypes=['expired']"));
    ///
    /// // Events are not looked for by a pattern with anything else than a `*` at its end.
    /// let error = KeysReader::new("s?ssion").register().script().unwrap_err();
    /// assert_eq!(error.kind(), gears_runtime::ErrorKind::Configuration);
    /// ```
    pub fn script(&self) -> Result<Script> {
        let source = self.source(self.function.origin.description.as_deref())?;
        Ok(self.wrap(source))
    }

    /// Makes a script of its source, with the requirements.
    pub(crate) fn wrap(&self, source: String) -> Script {
        self.function
            .wrap(source, &self.on_registered, self.features())
            .closed_at(self.spot())
    }

    /// Returns what servers may lack of it.
    fn features(&self) -> impl Iterator<Item = Feature> {
        let hook = matches!(self.cause, Cause::Hook(..)).then_some(Feature::Hooks);
        let order = self.in_order.then_some(Feature::Order);
        let waits = (self.on_full == OnFull::Wait).then_some(Feature::WaitingWriters);
        let events = of_key_events(
            self.events.iter().flatten().map(String::as_str),
            self.key_types.iter().flatten().map(|kind| kind.as_str()),
            self.commands.is_some(),
        );
        hook.into_iter().chain(order).chain(waits).chain(events)
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
        let waits = self.on_full != OnFull::Drop;
        put("onFull", waits.then(|| string(self.on_full.as_str())));
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
                reading: None,
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
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// KeysReader::new("session:*").keys().register().events(["del", "expired"]).on(&gears)?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// let ReaderArgs::Keys(args) = registration.data.args else { panic!() };
    /// assert_eq!(args.event_types.unwrap(), ["del", "expired"]);
    /// # Ok(())
    /// # }
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

impl<T> EventFunction<T, Streams> {
    /// Waits for entries of this stream, or of all streams that begin so if it ends with `*`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::StreamReader;
    ///
    /// let orders = StreamReader::new("orders:today").values();
    /// let all_orders = orders.register().prefix("orders:*");
    /// assert!(all_orders.script()?.source().contains("prefix='orders:*'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Sets how many entries run together: 1 unless set.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{data::ReaderArgs, function::StreamReader};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// StreamReader::new("orders").count().register().batch(500).on(&gears)?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// let ReaderArgs::Stream(args) = registration.data.args else { panic!() };
    /// assert_eq!(args.batch_size, 500);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn batch(mut self, entries: u32) -> Self {
        self.batch = Some(entries);
        self
    }

    /// Sets after what time fewer entries run, in whole milliseconds; they wait for ever unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use gears_runtime::function::StreamReader;
    ///
    /// // As soon as there are 500 entries, and at least twice a second.
    /// let orders = StreamReader::new("orders").count().register().batch(500);
    /// let orders = orders.duration(Duration::from_millis(500));
    /// assert!(orders.script()?.source().contains("batch=500, duration=500"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// Says what becomes of entries on which the function raises; they count as done unless said.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::{FailurePolicy, StreamReader};
    ///
    /// // No payment may be left out: the first that fails stops all.
    /// let payments = StreamReader::new("payments").values().register();
    /// let payments = payments.on_failed_policy(FailurePolicy::Abort);
    /// assert!(payments.script()?.source().contains("onFailedPolicy='abort'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn on_failed_policy(mut self, policy: FailurePolicy) -> Self {
        self.on_failed = Some(policy);
        self
    }

    /// Sets after what time failed entries are tried again, rounded up to whole seconds.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use gears_runtime::function::{FailurePolicy, StreamReader};
    ///
    /// let mails = StreamReader::new("mails").values().register();
    /// let mails = mails.on_failed_policy(FailurePolicy::Retry);
    /// let mails = mails.retry_interval(Duration::from_secs(30));
    /// assert!(mails.script()?.source().contains("onFailedRetryInterval=30"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn retry_interval(mut self, interval: Duration) -> Self {
        self.retry_interval = Some(interval);
        self
    }

    /// Says whether entries are deleted when they are done, as they are unless told otherwise.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Mode, function::StreamReader, py};
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let count = StreamReader::new("sales").for_each(py!("lambda _sale: cmd.incr('count')"));
    /// count.register().mode(Mode::Sync).trim(false).on(&gears)?;
    /// redis::cmd("XADD").arg(&["sales", "*", "item", "tea"]).exec(&mut connection).unwrap();
    /// let count: (i64, i64) = redis::pipe()
    ///     .cmd("GET").arg("count").cmd("XLEN").arg("sales").query(&mut connection).unwrap();
    /// assert_eq!(count, (1, 1), "it ran, and the entry is still there");
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{Change, function::CommandReader, py};
    /// # use gears_runtime::{Gears, embedded};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let hello = CommandReader::new().apply(py!("lambda: 'hello'")).register_trigger("greet");
    /// hello.on(&gears)?;
    /// let hi = CommandReader::new().apply(py!("lambda: 'hi'")).register_trigger("greet");
    /// assert_eq!(hi.clone().replace(false).on(&gears)?, Change::Kept);
    /// assert_eq!(hi.replace(true).on(&gears)?, Change::Replaced);
    /// # Ok(())
    /// # }
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
    /// # use gears_runtime::{Gears, embedded, redis};
    ///
    /// # fn main() -> gears_runtime::Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let lower = py!("lambda key, value: call_next(key, value.lower())");
    /// let hook = CommandReader::new().apply(lower).register_hook("set").key_prefix("email:");
    /// hook.mode(Mode::Sync).on(&gears)?;
    /// redis::cmd("SET").arg(&["email:ada", "Ada@Example.org"]).exec(&mut connection).unwrap();
    /// redis::cmd("SET").arg(&["name:ada", "Ada"]).exec(&mut connection).unwrap();
    /// let held: (String, String) =
    ///     redis::cmd("MGET").arg(&["email:ada", "name:ada"]).query(&mut connection).unwrap();
    /// assert_eq!(held, ("ada@example.org".to_owned(), "Ada".to_owned()));
    /// # Ok(())
    /// # }
    /// ```
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
            on_full: self.on_full,
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
