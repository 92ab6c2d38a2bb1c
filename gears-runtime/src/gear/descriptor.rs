//! The descriptor of a gear: everything known about it when Rust compiles.

use std::time::Duration;

use super::cause::{Cause, OnRegistered};

/// Describes one gear: its trigger, its Python, its signature and where it was written.
///
/// `#[gear_command]` makes one per function, as the static `GEAR` in the module
/// beside the function, and submits it to the [registry](crate::registry).
///
/// # Examples
///
/// ```
/// use gears_runtime::{Result, gear_command};
///
/// /// Greets `name`.
/// #[gear_command]
/// fn greet(name: &str) -> Result<String> {
///     r#"return "Hello, " + name"#
/// }
///
/// assert_eq!(greet::GEAR.trigger(), "greet");
/// assert_eq!(greet::GEAR.description(), "Greets `name`.");
/// ```
#[derive(Debug)]
pub struct Gear {
    parts: GearParts,
}

/// The parts of a [`Gear`], open to generated code and to nobody else.
#[doc(hidden)]
#[derive(Debug)]
pub struct GearParts {
    pub name: &'static str,
    pub module_path: &'static str,
    pub trigger: &'static str,
    pub cause: Cause,
    pub mode: Mode,
    pub requirements: &'static [&'static str],
    pub replace: Replace,
    pub description: &'static str,
    pub body: &'static str,
    pub file: &'static str,
    pub line: Option<u32>,
    pub coroutine: bool,
    pub uses_cmd: bool,
    pub params: &'static [Param],
    pub returns: Shape,
    pub key: Option<usize>,
    pub in_order: bool,
    pub on_registered: Option<OnRegistered>,
    pub timeout_ms: Option<u64>,
}

impl Gear {
    pub(crate) const fn from_parts(parts: GearParts) -> Self {
        Self { parts }
    }

    /// Returns the name of the Rust function, without `r#`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command(trigger = "shop.refund")]
    /// fn refund(order: u64) -> Result<i64> {
    ///     "return cmd.decr('sold')"
    /// }
    ///
    /// assert_eq!(refund::GEAR.name(), "refund");
    /// ```
    pub const fn name(&self) -> &'static str {
        self.parts.name
    }

    /// Returns the path of the Rust module that holds the function.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// mod shop {
    ///     # use gears_runtime::{Result, gear_command};
    ///     #[gear_command]
    ///     pub fn open_till() -> Result<i64> {
    ///         "return 0"
    ///     }
    /// }
    ///
    /// assert!(shop::open_till::GEAR.module_path().ends_with("::shop"));
    /// ```
    pub const fn module_path(&self) -> &'static str {
        self.parts.module_path
    }

    /// Returns the name under which the server knows the function.
    ///
    /// For a gear that events call, or that stands in for a command, it is the name by which its registration is
    /// recognised: the option `name`, or the function's.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Record, Result, gear_command, gear_on_keys};
    /// #[gear_command(trigger = "shop.close")]
    /// fn close() -> Result<i64> {
    ///     "return cmd.incr('closed')"
    /// }
    ///
    /// #[gear_on_keys(prefix = "till:*", name = "till-watch")]
    /// fn watch_till(record: Record) {
    ///     r#"cmd.incr("changes:" + record["key"])"#
    /// }
    ///
    /// assert_eq!(close::GEAR.trigger(), "shop.close");
    /// assert_eq!(watch_till::GEAR.trigger(), "till-watch", "it is recognised by this");
    /// ```
    pub const fn trigger(&self) -> &'static str {
        self.parts.trigger
    }

    /// Returns what makes the function run.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Cause, Record, gear_on_stream};
    /// #[gear_on_stream(prefix = "payments:*", batch = 20)]
    /// fn book_payments(record: Record) {
    ///     r#"cmd.incrby("paid", record["value"]["amount"])"#
    /// }
    ///
    /// let Cause::Stream(entries) = book_payments::GEAR.cause() else { panic!() };
    /// assert_eq!((entries.prefix, entries.batch), ("payments:*", 20));
    /// ```
    pub const fn cause(&self) -> Cause {
        self.parts.cause
    }

    /// Returns the index of the parameter whose argument is the key that routes a call in a cluster.
    ///
    /// It travels first, before those that stand before it in the signature.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command(key = account)]
    /// fn deposit(amount: i64, account: &str) -> Result<i64> {
    ///     "return cmd.incrby(account, amount)"
    /// }
    ///
    /// assert_eq!(deposit::GEAR.key(), Some(1));
    /// ```
    pub const fn key(&self) -> Option<usize> {
        self.parts.key
    }

    /// Tells whether calls run one after another.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command(in_order)]
    /// fn append_to_ledger(line: &str) -> Result<i64> {
    ///     "return cmd.rpush('ledger', line)"
    /// }
    ///
    /// assert!(append_to_ledger::GEAR.is_in_order());
    /// ```
    pub const fn is_in_order(&self) -> bool {
        self.parts.in_order
    }

    /// Returns the Python that runs on each shard at registration.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command(on_registered = "cmd.set('ticket', 100, nx=True)")]
    /// fn next_ticket() -> Result<i64> {
    ///     "return cmd.incr('ticket')"
    /// }
    ///
    /// let snippet = next_ticket::GEAR.on_registered().unwrap();
    /// assert_eq!(snippet.body, "cmd.set('ticket', 100, nx=True)");
    /// ```
    pub const fn on_registered(&self) -> Option<OnRegistered> {
        self.parts.on_registered
    }

    /// Returns how long one run may take, when the gear has a deadline of its own.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// # use gears_runtime::{Result, gear_command};
    ///
    /// #[gear_command(timeout_ms = 1500)]
    /// fn shortest_route(start: &str, end: &str) -> Result<Vec<String>> {
    ///     "return [start, end]"
    /// }
    ///
    /// assert_eq!(shortest_route::GEAR.timeout(), Some(Duration::from_millis(1500)));
    /// ```
    pub const fn timeout(&self) -> Option<Duration> {
        match self.parts.timeout_ms {
            Some(milliseconds) => Some(Duration::from_millis(milliseconds)),
            None => None,
        }
    }

    /// Returns where on the server the function runs.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Mode, Result, gear_command};
    /// #[gear_command(mode = "sync")]
    /// fn take_coin() -> Result<i64> {
    ///     "return cmd.decr('coins')"
    /// }
    ///
    /// assert_eq!(take_coin::GEAR.mode(), Mode::Sync);
    /// ```
    pub const fn mode(&self) -> Mode {
        self.parts.mode
    }

    /// Returns the Python packages that the function needs, as pip spells them.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command(requirements = ["numpy>=1.26"])]
    /// fn norm(vector: Vec<f64>) -> Result<f64> {
    ///     r#"
    ///     import numpy
    ///     return numpy.linalg.norm(vector)
    ///     "#
    /// }
    ///
    /// assert_eq!(norm::GEAR.requirements(), ["numpy>=1.26"]);
    /// ```
    pub const fn requirements(&self) -> &'static [&'static str] {
        self.parts.requirements
    }

    /// Returns what registration does when the trigger holds a different function.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Replace, Result, gear_command};
    /// #[gear_command(replace = true)]
    /// fn latest_rate() -> Result<f64> {
    ///     "return 1.1"
    /// }
    ///
    /// assert_eq!(latest_rate::GEAR.replace(), Replace::Always);
    /// ```
    pub const fn replace(&self) -> Replace {
        self.parts.replace
    }

    /// Returns the description that the server shows; empty when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// /// Tells what is in stock.
    /// ///
    /// /// Only this crate's documentation has the other paragraphs.
    /// #[gear_command]
    /// fn stock(item: &str) -> Result<Option<i64>> {
    ///     "return int(cmd.get('stock:' + item) or 0)"
    /// }
    ///
    /// assert_eq!(stock::GEAR.description(), "Tells what is in stock.");
    /// ```
    pub const fn description(&self) -> &'static str {
        self.parts.description
    }

    /// Returns the Python body, dedented.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command]
    /// fn initials_of(name: &str) -> Result<String> {
    ///     r#"
    ///     words = name.split()
    ///     return "".join(word[0] for word in words)
    ///     "#
    /// }
    ///
    /// assert!(initials_of::GEAR.body().starts_with("words = name.split()\nreturn "));
    /// ```
    pub const fn body(&self) -> &'static str {
        self.parts.body
    }

    /// Returns the file that tracebacks name.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command]
    /// fn half_of(number: f64) -> Result<f64> {
    ///     "return number / 2"
    /// }
    ///
    /// println!("see {}", half_of::GEAR.file());
    /// assert!(half_of::GEAR.file().ends_with(".rs"));
    /// ```
    pub const fn file(&self) -> &'static str {
        self.parts.file
    }

    /// Returns the line in [`file`](Self::file) of the first line of the body, counted from 1.
    ///
    /// `None` when lines of the Python are not lines of the file, as in a
    /// literal with escapes; tracebacks then count from the first line of the body.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command]
    /// fn split_lines(text: &str) -> Result<Vec<String>> {
    ///     "return [\n    line for line in text.splitlines()\n]"
    /// }
    ///
    /// // Three lines of Python are in one line of Rust.
    /// assert_eq!(split_lines::GEAR.line(), None);
    /// ```
    pub const fn line(&self) -> Option<u32> {
        self.parts.line
    }

    /// Tells whether the Python function is a coroutine.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command]
    /// fn after_a_pause(text: &str) -> Result<String> {
    ///     r#"
    ///     import asyncio
    ///     await asyncio.sleep(0.01)
    ///     return text
    ///     "#
    /// }
    ///
    /// assert!(after_a_pause::GEAR.is_coroutine());
    /// ```
    pub const fn is_coroutine(&self) -> bool {
        self.parts.coroutine
    }

    /// Tells whether the Python reads the name `cmd`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command]
    /// fn visits_of(page: &str) -> Result<i64> {
    ///     "return int(cmd.get('visits:' + page) or 0)"
    /// }
    ///
    /// #[gear_command]
    /// fn slug(title: &str) -> Result<String> {
    ///     "return title.lower().replace(' ', '-')"
    /// }
    ///
    /// assert!(visits_of::GEAR.uses_cmd());
    /// assert!(!slug::GEAR.uses_cmd());
    /// ```
    pub const fn uses_cmd(&self) -> bool {
        match self.parts.on_registered {
            Some(snippet) if snippet.uses_cmd => true,
            _ => self.parts.uses_cmd,
        }
    }

    /// Returns the parameters, in order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command]
    /// fn reserve(seat: u32, name: &str) -> Result<bool> {
    ///     "return bool(cmd.hsetnx('seats', seat, name))"
    /// }
    ///
    /// let names: Vec<&str> = reserve::GEAR.params().iter().map(|param| param.name()).collect();
    /// assert_eq!(names, ["seat", "name"]);
    /// ```
    pub const fn params(&self) -> &'static [Param] {
        self.parts.params
    }

    /// Returns what the function returns.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, Returned, gear_command};
    /// #[gear_command]
    /// fn seat_of(name: &str) -> Result<Option<u32>> {
    ///     "return cmd.hget('seats', name)"
    /// }
    ///
    /// let shape = seat_of::GEAR.returns();
    /// assert!(shape.is_nullable());
    /// ```
    pub const fn returns(&self) -> Shape {
        self.parts.returns
    }

    /// Returns the signature as Python shows it, such as `cache_get(url, limit=None)`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command]
    /// fn search(text: &str, limit: Option<u32>) -> Result<Vec<String>> {
    ///     "return [text][:limit]"
    /// }
    ///
    /// assert_eq!(search::GEAR.signature(), "search(text, limit=None)");
    /// ```
    pub fn signature(&self) -> String {
        let optional_from = self.required_params();
        let params = self.params().iter().enumerate().map(|(index, param)| {
            if index >= optional_from {
                format!("{}=None", param.name)
            } else {
                param.name.to_owned()
            }
        });
        format!("{}({})", self.name(), params.collect::<Vec<_>>().join(", "))
    }

    /// Returns the signature with the types that Python gets: `cache_get(url: str, limit: int | None)`.
    pub(crate) fn typed_signature(&self) -> String {
        let params = self.params().iter().map(|param| {
            let kind = match param.wire {
                Wire::Text => "str",
                Wire::Integer => "int",
                Wire::Float => "float",
                Wire::Boolean => "bool",
                Wire::Bytes => "bytes",
                Wire::Json => "JSON",
                Wire::Made => "record",
            };
            let none = if param.optional { " | None" } else { "" };
            format!("{}: {kind}{none}", param.name)
        });
        format!("{}({})", self.name(), params.collect::<Vec<_>>().join(", "))
    }

    /// Returns the number of leading parameters that a call must give.
    fn required_params(&self) -> usize {
        self.params()
            .iter()
            .rposition(|param| !param.optional)
            .map_or(0, |last| last + 1)
    }

    /// Returns the number of leading arguments that a call must send.
    pub(crate) fn required_on_wire(&self) -> usize {
        (0..self.params().len())
            .rposition(|place| !self.params()[self.param_at(place)].optional)
            .map_or(0, |last| last + 1)
    }

    /// Returns the index in the signature of the parameter at a place on the wire, where the key comes first.
    pub(crate) const fn param_at(&self, place: usize) -> usize {
        match self.parts.key {
            Some(key) if place == 0 => key,
            Some(key) if place <= key => place - 1,
            _ => place,
        }
    }

    /// Returns the place of the function for people: `cache_get (src/main.rs:42)`.
    pub(crate) fn place(&self) -> String {
        let path = format!("{}::{}", self.module_path(), self.name());
        match self.line() {
            Some(line) => format!("`{path}` ({}:{line})", self.file()),
            None => format!("`{path}` ({})", self.file()),
        }
    }
}

/// Says where on the server a gear runs.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Mode, PerShard, Result, gear_command};
/// #[gear_command(mode = "async")]
/// fn keys_per_shard() -> Result<PerShard<i64>> {
///     "return cmd.dbsize()"
/// }
///
/// assert_eq!(keys_per_shard::GEAR.mode(), Mode::Async);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// On a worker of the shard that received the call.
    AsyncLocal,
    /// On a worker of every shard of a cluster.
    Async,
    /// On the main thread of the shard that received the call, atomically.
    Sync,
}

impl Mode {
    /// Returns the word that the server uses for the mode.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::Mode;
    ///
    /// assert_eq!(Mode::AsyncLocal.as_str(), "async_local");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AsyncLocal => "async_local",
            Self::Async => "async",
            Self::Sync => "sync",
        }
    }
}

/// Says what registration does when a trigger holds a different function.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Replace, Result, gear_command};
/// #[gear_command]
/// fn guarded() -> Result<i64> {
///     "return 1"
/// }
///
/// // Unless the attribute says more, nobody's function is overwritten.
/// assert_eq!(guarded::GEAR.replace(), Replace::Refuse);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Replace {
    /// Refuses with an error that names both (the option `replace` is absent).
    Refuse,
    /// Replaces the function on the server (`replace = true`).
    Always,
    /// Keeps the function on the server (`replace = false`).
    Never,
}

/// Describes one parameter of a gear.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Result, gear_command};
/// #[gear_command]
/// fn paint(colour: &str, opacity: Option<f32>) -> Result<String> {
///     "return colour if opacity is None else f'{colour} {opacity}'"
/// }
///
/// for param in paint::GEAR.params() {
///     let optional = if param.is_optional() { " (optional)" } else { "" };
///     println!("{} travels as {:?}{optional}", param.name(), param.wire());
/// }
/// # assert_eq!(paint::GEAR.params().len(), 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    name: &'static str,
    wire: Wire,
    optional: bool,
}

impl Param {
    #[doc(hidden)]
    pub const fn new(name: &'static str, wire: Wire, optional: bool) -> Self {
        Self {
            name,
            wire,
            optional,
        }
    }

    /// Returns the name of the parameter.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command]
    /// fn by_type(r#type: &str) -> Result<i64> {
    ///     "return int(cmd.get('count:' + type) or 0)"
    /// }
    ///
    /// assert_eq!(by_type::GEAR.params()[0].name(), "type");
    /// ```
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns how arguments for it travel.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, Wire, gear_command};
    /// #[gear_command]
    /// fn store_picture(name: &str, png: &[u8]) -> Result<()> {
    ///     "cmd.set(name, png)"
    /// }
    ///
    /// assert_eq!(store_picture::GEAR.params()[1].wire(), Wire::Bytes);
    /// ```
    pub const fn wire(&self) -> Wire {
        self.wire
    }

    /// Tells whether its argument can be a key of the server's.
    #[doc(hidden)]
    pub const fn is_key(&self) -> bool {
        matches!(self.wire, Wire::Text | Wire::Bytes | Wire::Integer) && !self.optional
    }

    /// Tells whether the Rust type is an `Option`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command]
    /// fn top(count: Option<usize>) -> Result<Vec<String>> {
    ///     "return cmd.zrevrange('scores', 0, (count or 10) - 1)"
    /// }
    ///
    /// assert!(top::GEAR.params()[0].is_optional());
    /// ```
    pub const fn is_optional(&self) -> bool {
        self.optional
    }
}

/// Says how an argument travels, and so what Python receives.
///
/// # Examples
///
/// ```
/// # use std::collections::BTreeMap;
/// # use gears_runtime::{Result, Wire, gear_command};
/// #[gear_command]
/// fn tag(document: u64, urgent: bool, labels: BTreeMap<String, String>) -> Result<()> {
///     "cmd.hset(f'document:{document}', mapping={**labels, 'urgent': int(urgent)})"
/// }
///
/// let wires: Vec<Wire> = tag::GEAR.params().iter().map(|param| param.wire()).collect();
/// assert_eq!(wires, [Wire::Integer, Wire::Boolean, Wire::Json]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wire {
    /// UTF-8 text, a `str`.
    Text,
    /// Decimal digits, an `int`.
    Integer,
    /// The shortest text that reads back as the same number, a `float`.
    Float,
    /// `1` or `0`, a `bool`.
    Boolean,
    /// The bytes themselves, or base64 where the server would cut them; a `bytes`.
    Bytes,
    /// JSON, whatever `json.loads` makes of it.
    Json,
    /// Not at all: the server makes the record of an event or the arguments of a hooked command.
    Made,
}

/// Says what a gear returns.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Result, Returned, gear_command};
/// #[gear_command]
/// fn price_of(item: &str) -> Result<f64> {
///     "return float(cmd.get('price:' + item) or 0)"
/// }
///
/// let shape = price_of::GEAR.returns();
/// assert_eq!(shape.wire(), Returned::Float);
/// assert!(!shape.is_nullable(), "`None` would be a decode error");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    wire: Returned,
    nullable: bool,
}

impl Shape {
    pub(crate) const fn new(wire: Returned, nullable: bool) -> Self {
        Self { wire, nullable }
    }

    /// Returns how the result travels.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, Returned, gear_command};
    /// #[gear_command]
    /// fn forget_session(id: &str) -> Result<()> {
    ///     "cmd.delete('session:' + id)"
    /// }
    ///
    /// assert_eq!(forget_session::GEAR.returns().wire(), Returned::Unit);
    /// ```
    pub const fn wire(&self) -> Returned {
        self.wire
    }

    /// Tells whether the Rust type takes Python's `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command]
    /// fn nickname_of(user: &str) -> Result<Option<String>> {
    ///     "return cmd.get('nickname:' + user)"
    /// }
    ///
    /// assert!(nickname_of::GEAR.returns().is_nullable());
    /// ```
    pub const fn is_nullable(&self) -> bool {
        self.nullable
    }
}

/// Says how a result travels.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Result, Returned, gear_command, redis};
/// #[gear_command]
/// fn picture(name: &str) -> Result<Vec<u8>> {
///     "return execute('GET', name) or b''"
/// }
///
/// #[gear_command]
/// fn whatever_comes() -> Result<redis::Value> {
///     "return 1"
/// }
///
/// assert_eq!(picture::GEAR.returns().wire(), Returned::Bytes);
/// assert_eq!(whatever_comes::GEAR.returns().wire(), Returned::Raw);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Returned {
    /// Nothing: whatever Python returned is dropped.
    Unit,
    /// UTF-8 text.
    Text,
    /// A RESP integer, or decimal digits beyond 64 bits.
    Integer,
    /// The shortest text that reads back as the same number.
    Float,
    /// The RESP integers 1 and 0.
    Boolean,
    /// The bytes themselves.
    Bytes,
    /// JSON.
    Json,
    /// Whatever the server makes of the Python value.
    Raw,
}
