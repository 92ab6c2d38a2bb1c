//! The descriptor of a gear: everything known about it when Rust compiles.

use std::time::Duration;

use super::{
    cause::{Cause, OnRegistered},
    mode::{Mode, Replace},
    shape::{Param, Shape},
};

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

    /// Returns the index in the signature of the parameter at a place on the wire, where the key comes first.
    pub(crate) const fn param_at(&self, place: usize) -> usize {
        match self.parts.key {
            Some(key) if place == 0 => key,
            Some(key) if place <= key => place - 1,
            _ => place,
        }
    }
}
