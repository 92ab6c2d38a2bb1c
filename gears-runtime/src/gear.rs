//! The descriptor of a gear: everything known about it when Rust compiles.

use std::time::Duration;

use crate::cause::{Cause, OnRegistered};

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
    pub const fn name(&self) -> &'static str {
        self.parts.name
    }

    /// Returns the path of the Rust module that holds the function.
    pub const fn module_path(&self) -> &'static str {
        self.parts.module_path
    }

    /// Returns the name under which the server knows the function.
    ///
    /// For a gear that events call, or that stands in for a command, it is the name by which its registration is
    /// recognised: the option `name`, or the function's.
    pub const fn trigger(&self) -> &'static str {
        self.parts.trigger
    }

    /// Returns what makes the function run.
    pub const fn cause(&self) -> Cause {
        self.parts.cause
    }

    /// Returns the index of the parameter whose argument is the key that routes a call in a cluster.
    ///
    /// It travels first, before those that stand before it in the signature.
    pub const fn key(&self) -> Option<usize> {
        self.parts.key
    }

    /// Tells whether calls run one after another.
    pub const fn is_in_order(&self) -> bool {
        self.parts.in_order
    }

    /// Returns the Python that runs on each shard at registration.
    pub const fn on_registered(&self) -> Option<OnRegistered> {
        self.parts.on_registered
    }

    /// Returns how long one run may take, when the gear has a deadline of its own.
    pub const fn timeout(&self) -> Option<Duration> {
        match self.parts.timeout_ms {
            Some(milliseconds) => Some(Duration::from_millis(milliseconds)),
            None => None,
        }
    }

    /// Returns where on the server the function runs.
    pub const fn mode(&self) -> Mode {
        self.parts.mode
    }

    /// Returns the Python packages that the function needs, as pip spells them.
    pub const fn requirements(&self) -> &'static [&'static str] {
        self.parts.requirements
    }

    /// Returns what registration does when the trigger holds a different function.
    pub const fn replace(&self) -> Replace {
        self.parts.replace
    }

    /// Returns the description that the server shows; empty when there is none.
    pub const fn description(&self) -> &'static str {
        self.parts.description
    }

    /// Returns the Python body, dedented.
    pub const fn body(&self) -> &'static str {
        self.parts.body
    }

    /// Returns the file that tracebacks name.
    pub const fn file(&self) -> &'static str {
        self.parts.file
    }

    /// Returns the line in [`file`](Self::file) of the first line of the body, counted from 1.
    ///
    /// `None` when lines of the Python are not lines of the file, as in a
    /// literal with escapes; tracebacks then count from the first line of the body.
    pub const fn line(&self) -> Option<u32> {
        self.parts.line
    }

    /// Tells whether the Python function is a coroutine.
    pub const fn is_coroutine(&self) -> bool {
        self.parts.coroutine
    }

    /// Tells whether the Python reads the name `cmd`.
    pub const fn uses_cmd(&self) -> bool {
        match self.parts.on_registered {
            Some(snippet) if snippet.uses_cmd => true,
            _ => self.parts.uses_cmd,
        }
    }

    /// Returns the parameters, in order.
    pub const fn params(&self) -> &'static [Param] {
        self.parts.params
    }

    /// Returns what the function returns.
    pub const fn returns(&self) -> Shape {
        self.parts.returns
    }

    /// Returns the signature as Python shows it, such as `cache_get(url, limit=None)`.
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
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AsyncLocal => "async_local",
            Self::Async => "async",
            Self::Sync => "sync",
        }
    }
}

/// Says what registration does when a trigger holds a different function.
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
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns how arguments for it travel.
    pub const fn wire(&self) -> Wire {
        self.wire
    }

    /// Tells whether its argument can be a key of the server's.
    #[doc(hidden)]
    pub const fn is_key(&self) -> bool {
        matches!(self.wire, Wire::Text | Wire::Bytes | Wire::Integer) && !self.optional
    }

    /// Tells whether the Rust type is an `Option`.
    pub const fn is_optional(&self) -> bool {
        self.optional
    }
}

/// Says how an argument travels, and so what Python receives.
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
    pub const fn wire(&self) -> Returned {
        self.wire
    }

    /// Tells whether the Rust type takes Python's `None`.
    pub const fn is_nullable(&self) -> bool {
        self.nullable
    }
}

/// Says how a result travels.
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
