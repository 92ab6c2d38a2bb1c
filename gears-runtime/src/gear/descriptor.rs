//! The descriptor of a gear: everything known about it when Rust compiles.

use std::{sync::OnceLock, time::Duration};

use super::{
    cause::{Cause, LibraryFunction, OnRegistered},
    mode::{Mode, Replace},
    shape::{Param, Shape},
};
use crate::server::known::Server;

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
    pub version: &'static str,
    pub pinned: bool,
    pub was: Option<&'static str>,
    /// The trigger with the fingerprint; beside the descriptor, as constants are made of that.
    pub pinned_name: &'static OnceLock<String>,
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
    ///
    /// Of a function of the server's with several keys it is the first one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command(key = user)]
    /// fn page_visit(page: &str, user: &str) -> Result<i64> {
    ///     "return cmd.hincrby(user, page, 1)"
    /// }
    ///
    /// assert_eq!(page_visit::GEAR.key(), Some(1), "the user says which shard gets the call");
    /// ```
    pub const fn key(&self) -> Option<usize> {
        match (self.parts.cause, self.parts.key) {
            (
                Cause::Function(LibraryFunction {
                    keys: [key, ..], ..
                }),
                _,
            ) => Some(*key),
            (_, key) => key,
        }
    }

    /// Returns the function that it is on a server, if it is one there.
    pub(crate) fn function_on(&self, server: Server) -> Option<LibraryFunction> {
        match self.cause() {
            Cause::Function(function) if server.functions => Some(function),
            _ => None,
        }
    }

    /// Tells whether the argument for a parameter is a key of the server's.
    fn takes_key(&self, index: usize) -> bool {
        match self.cause() {
            Cause::Function(function) => function.keys.contains(&index),
            _ => self.parts.key == Some(index),
        }
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
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{sync::OnceLock, time::Duration};
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

    /// Returns where the name of the function alone is kept once it is made.
    pub(crate) const fn pinned_name(&self) -> &'static OnceLock<String> {
        self.parts.pinned_name
    }

    /// Tells whether stubs call the function that they were compiled with, whatever was registered since.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Result, gear_command};
    /// #[gear_command(pinned = false)]
    /// fn latest() -> Result<i64> {
    ///     "return 2"
    /// }
    ///
    /// assert!(!latest::GEAR.is_pinned(), "it calls what has the trigger now");
    /// ```
    pub const fn is_pinned(&self) -> bool {
        self.parts.pinned
    }

    /// Returns the name that it had before, whose registration gives way to this one.
    pub const fn was(&self) -> Option<&'static str> {
        self.parts.was
    }

    /// Returns the version of the crate that holds the function.
    pub const fn version(&self) -> &'static str {
        self.parts.version
    }

    /// Returns the path of the Rust function, by which an application tells its gears apart.
    pub(crate) fn path(&self) -> String {
        format!("{}::{}", self.module_path(), self.name())
    }

    /// Returns the parameters, in order.
    pub const fn params(&self) -> &'static [Param] {
        self.parts.params
    }

    /// Returns what the function returns.
    pub const fn returns(&self) -> Shape {
        self.parts.returns
    }

    /// Returns the index in the signature of the parameter at a place on the wire, where keys come first.
    pub(crate) fn param_at(&self, place: usize) -> usize {
        let all = 0..self.params().len();
        let keys = all.clone().filter(|index| self.takes_key(*index));
        let others = all.filter(|index| !self.takes_key(*index));
        keys.chain(others).nth(place).unwrap_or(place)
    }
}
