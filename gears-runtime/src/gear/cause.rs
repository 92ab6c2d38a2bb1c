//! What makes a gear run: a call, a command that it stands in for, or an event.

use std::fmt;

/// Says what makes a gear run.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Cause, Result, gear_command};
///
/// #[gear_command]
/// fn echo() -> Result<i64> {
///     "return 1"
/// }
///
/// assert_eq!(echo::GEAR.cause(), Cause::Trigger);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// A call of its trigger (`#[gear_command]`).
    Trigger,
    /// A command that it stands in for (`#[gear_command(hook = "…")]`).
    Hook(Hook),
    /// Something that happens to a key (`#[gear_on_keys]`).
    Keys(KeyEvents),
    /// An entry that comes into a stream (`#[gear_on_stream]`).
    Stream(StreamEntries),
    /// A call of the server's own, `FCALL` (`#[gear_function]`).
    Function(LibraryFunction),
}

impl Cause {
    /// Returns a word for it: `trigger`, `hook`, `keys`, `stream` or `function`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gears_runtime::{Record, gear_on_keys};
    /// #[gear_on_keys(prefix = "draft:*")]
    /// fn count_drafts(record: Record) {
    ///     "cmd.incr('drafts')"
    /// }
    ///
    /// assert_eq!(count_drafts::GEAR.cause().kind(), "keys");
    /// ```
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Hook(_) => "hook",
            Self::Keys(_) => "keys",
            Self::Stream(_) => "stream",
            Self::Function(_) => "function",
        }
    }

    /// Returns the kind of its registration, where it is one: a function that falls back is one of a trigger.
    pub(crate) const fn registered_kind(&self) -> &'static str {
        match self {
            Self::Function(_) => Self::Trigger.kind(),
            other => other.kind(),
        }
    }

    /// Tells whether Rust calls it, and not events or a command.
    pub(crate) const fn is_called(&self) -> bool {
        matches!(self, Self::Trigger | Self::Function(_))
    }

    /// Returns the reader that the server has for it.
    pub(crate) const fn reader(&self) -> &'static str {
        match self {
            Self::Trigger | Self::Hook(_) | Self::Function(_) => "CommandReader",
            Self::Keys(_) => "KeysReader",
            Self::Stream(_) => "StreamReader",
        }
    }
}

/// The command that a gear stands in for.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Arguments, Cause, gear_command};
/// #[gear_command(hook = "expire", key_prefix = "lease:", mode = "sync")]
/// fn extend_leases(arguments: Arguments) {
///     "return call_next(arguments[0], max(60, int(arguments[1])))"
/// }
///
/// let Cause::Hook(hook) = extend_leases::GEAR.cause() else { panic!() };
/// assert_eq!((hook.command, hook.key_prefix), ("expire", Some("lease:")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The command's name.
    pub command: &'static str,
    /// What one of its keys begins with; `None` is any key, and none.
    pub key_prefix: Option<&'static str>,
}

/// The function of the server's that a gear is, one of a library.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Cause, Result, gear_function};
/// /// Tells how many pieces are left.
/// #[gear_function(lib = "shop", flags(no_writes, allow_stale))]
/// fn stock_of(#[key] item: &str) -> Result<u64> {
///     "return int(cmd.get(item) or 0)"
/// }
///
/// let Cause::Function(function) = stock_of::GEAR.cause() else { panic!() };
/// assert_eq!(function.library, "shop");
/// assert_eq!(function.flags, ["no-writes", "allow-stale"]);
/// assert_eq!(function.keys, [0], "the first parameter is a key");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LibraryFunction {
    /// The name of the library.
    pub library: &'static str,
    /// Its flags, as the server spells them.
    pub flags: &'static [&'static str],
    /// The indexes of the parameters whose arguments are keys.
    pub keys: &'static [usize],
    /// Whether it is a gear with a trigger where the server's functions cannot be in Python.
    pub fallback: bool,
}

impl LibraryFunction {
    /// Tells whether it writes nothing, so that `FCALL_RO` may call it.
    pub(crate) fn is_read_only(&self) -> bool {
        self.flags.contains(&"no-writes")
    }
}

/// The events of keys that a gear waits for.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Cause, Record, gear_on_keys};
/// #[gear_on_keys(prefix = "basket:*", events = ["expired"], read_value = false)]
/// fn count_left_baskets(record: Record) {
///     "cmd.incr('baskets:left')"
/// }
///
/// let Cause::Keys(keys) = count_left_baskets::GEAR.cause() else { panic!() };
/// assert_eq!((keys.prefix, keys.events), ("basket:*", Some(["expired"].as_slice())));
/// assert!(!keys.read_value);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyEvents {
    /// A key's whole name, or what it begins with and `*`.
    pub prefix: &'static str,
    /// The events' names, such as `set` and `expired`; `None` is all.
    pub events: Option<&'static [&'static str]>,
    /// The types of the keys, such as `string`; `None` is all.
    pub key_types: Option<&'static [&'static str]>,
    /// The commands that cause the events, whose clients wait for the gear; `None` is whatever causes them.
    pub commands: Option<&'static [&'static str]>,
    /// Whether the record holds the key's type and value.
    pub read_value: bool,
    /// What becomes of events for which the gear's queue has no room.
    pub on_full: OnFull,
}

/// The fingerprints of gears cover this text: what a gear does not ask for is not in it.
impl fmt::Debug for KeyEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("KeyEvents");
        text.field("prefix", &self.prefix)
            .field("events", &self.events)
            .field("key_types", &self.key_types)
            .field("commands", &self.commands)
            .field("read_value", &self.read_value);
        if self.on_full != OnFull::Drop {
            text.field("on_full", &self.on_full);
        }
        text.finish()
    }
}

/// Says what becomes of events of keys for which a gear's queue has no room.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Cause, OnFull, Record, gear_on_keys};
/// #[gear_on_keys(prefix = "order:*", on_full = "wait")]
/// fn count_orders(record: Record) {
///     "cmd.incr('orders:changed')"
/// }
///
/// let Cause::Keys(keys) = count_orders::GEAR.cause() else { panic!() };
/// assert_eq!(keys.on_full, OnFull::Wait);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnFull {
    /// The gear does not get them, and the server counts them.
    Drop,
    /// Those who write its keys wait until there is room (gears-engine).
    Wait,
}

impl OnFull {
    /// Returns the word that the option and the server use.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::OnFull;
    ///
    /// assert_eq!(OnFull::Wait.as_str(), "wait");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Wait => "wait",
        }
    }
}

/// The entries of streams that a gear waits for.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Cause, Record, gear_on_stream};
/// #[gear_on_stream(prefix = "clicks", batch = 500, duration_ms = 1000)]
/// fn count_clicks(record: Record) {
///     "cmd.hincrby('clicks:of', record['value']['page'], 1)"
/// }
///
/// let Cause::Stream(entries) = count_clicks::GEAR.cause() else { panic!() };
/// assert_eq!((entries.batch, entries.duration_ms), (500, 1000));
/// assert!(entries.trim, "unless said otherwise");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamEntries {
    /// A stream's whole name, or what it begins with and `*`.
    pub prefix: &'static str,
    /// How many entries run together.
    pub batch: u32,
    /// Milliseconds after which fewer run; 0 waits for ever.
    pub duration_ms: u64,
    /// What becomes of entries on which the gear raised.
    pub on_failed: OnFailed,
    /// Milliseconds until they are tried again.
    pub retry_interval_ms: u64,
    /// Whether entries are deleted when they have run.
    pub trim: bool,
}

/// Says what becomes of a stream's entries on which a gear raised.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Cause, OnFailed, Record, gear_on_stream};
/// #[gear_on_stream(prefix = "mails", on_failed = "retry", retry_interval_ms = 30_000)]
/// fn count_mails(record: Record) {
///     "cmd.hincrby('mails:to', record['value']['to'], 1)"
/// }
///
/// let Cause::Stream(entries) = count_mails::GEAR.cause() else { panic!() };
/// assert_eq!(entries.on_failed, OnFailed::Retry);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnFailed {
    /// They count as done, and the next ones run.
    Continue,
    /// They stay, and the gear runs no more.
    Abort,
    /// They run again, until the gear does not raise.
    Retry,
}

impl OnFailed {
    /// Returns the word that the option and the server use.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::OnFailed;
    ///
    /// assert_eq!(OnFailed::Abort.as_str(), "abort");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Abort => "abort",
            Self::Retry => "retry",
        }
    }
}

/// Python that runs on each shard when a gear is registered there, and whenever the server loads it.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Result, gear_command};
/// #[gear_command(on_registered = r#"log("ready")"#)]
/// fn announced() -> Result<i64> {
///     "return 1"
/// }
///
/// let snippet = announced::GEAR.on_registered().unwrap();
/// assert_eq!(snippet.body, r#"log("ready")"#);
/// assert!(!snippet.uses_cmd);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnRegistered {
    /// The Python, dedented.
    pub body: &'static str,
    /// The file that tracebacks name.
    pub file: &'static str,
    /// The line of the file on which the body begins, when lines of the one are lines of the other.
    pub line: Option<u32>,
    /// Whether it reads the name `cmd`.
    pub uses_cmd: bool,
}
