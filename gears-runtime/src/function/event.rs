//! Functions closed with `register`.

mod commands;
mod keys;
mod source;
mod streams;

use std::{fmt, panic::Location, time::Duration};

use super::{
    callback::Code, keyword::KeyType, open::GearFunction, reader::kind::Registers,
    role::Registrator,
};
use crate::{
    data::FailurePolicy,
    gear::{
        cause::OnFull,
        mode::{Mode, Replace},
    },
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
/// # use gears_runtime::redis;
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
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
/// # Ok::<(), gears_runtime::Error>(())
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
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let sold = StreamReader::new("sales:*")
    ///     .for_each(py!("lambda sale: cmd.hincrby('sold', sale['value']['item'])"))
    ///     .register()
    ///     .mode(Mode::Sync);
    /// sold.on(&gears)?;
    /// redis::cmd("XADD").arg(&["sales:north", "*", "item", "tea"]).exec(&mut connection).unwrap();
    /// let sold: i64 = redis::cmd("HGET").arg(&["sold", "tea"]).query(&mut connection).unwrap();
    /// assert_eq!(sold, 1);
    /// # Ok::<(), gears_runtime::Error>(())
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
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// KeysReader::new("user:*").keys().register().mode(Mode::AsyncLocal).on(&gears)?;
    /// let registration = gears.dump_registrations()?.remove(0);
    /// assert_eq!(registration.data.mode, RegistrationMode::AsyncLocal);
    /// # Ok::<(), gears_runtime::Error>(())
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
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let rate = CommandReader::new().apply(py!("lambda currency: cmd.get('rate:' + currency)"));
    /// let prepare = py!("lambda: cmd.set('rate:eur', '1.1', nx=True)");
    /// rate.register_trigger("rate").on_registered(prepare).on(&gears)?;
    /// let rate: f64 = redis::cmd("GET").arg("rate:eur").query(&mut connection).unwrap();
    /// assert_eq!(rate, 1.1);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn on_registered(mut self, registrator: impl Registrator) -> Self {
        self.on_registered = Some(registrator.into_code());
        self
    }

    /// Adds Python packages that the server installs first, as pip spells them.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::KeysReader;
    ///
    /// let vectors = KeysReader::new("vector:*").values().register().requirements(["numpy>=1.26"]);
    /// assert_eq!(vectors.script()?.required(), ["numpy>=1.26"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn requirements<S: Into<String>>(
        mut self,
        requirements: impl IntoIterator<Item = S>,
    ) -> Self {
        self.function = self.function.requirements(requirements);
        self
    }

    /// Closes another function in the same way: what was said of this one is its default.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Mode, function::KeysReader, py};
    ///
    /// let users = KeysReader::new("user:*");
    /// // What is said once holds for each of them.
    /// let changed = users.register().events(["hset", "del"]).mode(Mode::Sync);
    /// let counted = changed.with_function(&users.for_each(py!("lambda _user: cmd.incr('changes')")));
    /// let noted = changed.with_function(&users.keys().for_each(py!("lambda key: cmd.sadd('seen', key)")));
    /// for function in [counted.script()?, noted.script()?] {
    ///     assert!(function.source().contains("mode='sync', eventTypes=['hset', 'del']"));
    /// }
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_function<U>(&self, function: &GearFunction<U, R>) -> EventFunction<U, R> {
        EventFunction {
            function: function.clone(),
            place: Location::caller(),
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
        }
    }

    /// Returns the function that was closed.
    pub fn function(&self) -> &GearFunction<T, R> {
        &self.function
    }
}

impl<T, R> Clone for EventFunction<T, R> {
    fn clone(&self) -> Self {
        Self {
            place: self.place,
            ..self.with_function(&self.function)
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
