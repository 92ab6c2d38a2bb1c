//! The six readers, and what only their own functions can do.

use super::{
    CommandRecord, GearFunction, KeyRecord, PyValue, StreamRecord,
    keyword::{KeyType, ReaderType},
    open::Argument,
    role::{Callee, Generator},
    step::Step,
};

/// Where the records of a gear function come from.
pub trait Reader {
    #[doc(hidden)]
    const TYPE: ReaderType;
}

/// A reader that can read everything there is, once: what [`GearFunction::run`] takes.
#[diagnostic::on_unimplemented(
    message = "functions of `{Self}` wait for events: there is nothing to `run`",
    label = "close it with `register_trigger` or `register_hook`",
    note = "the readers that run are `KeysReader`, `KeysOnlyReader`, `StreamReader`, `PythonReader` and `ShardsIdReader`"
)]
pub trait Runs: Reader {}

/// A reader that can wait for events: what [`GearFunction::register`] takes.
#[diagnostic::on_unimplemented(
    message = "functions of `{Self}` cannot `register`",
    label = "`KeysReader` and `StreamReader` wait for events of their own",
    note = "`KeysOnlyReader`, `PythonReader` and `ShardsIdReader` only `run`; a `CommandReader` is closed with `register_trigger` or `register_hook`"
)]
pub trait Registers: Reader {}

macro_rules! readers {
    ($($(#[$docs:meta])* $name:ident($type:ident): $($abilities:ident)*;)*) => {$(
        $(#[$docs])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Reader for $name {
            const TYPE: ReaderType = ReaderType::$type;
        }

        $(impl $abilities for $name {})*
    )*};
}

readers! {
    /// Marks the functions of [`KeysReader`].
    Keys(KeysReader): Runs Registers;
    /// Marks the functions of [`KeysOnlyReader`].
    KeysOnly(KeysOnlyReader): Runs;
    /// Marks the functions of [`StreamReader`].
    Streams(StreamReader): Runs Registers;
    /// Marks the functions of [`PythonReader`].
    Generated(PythonReader): Runs;
    /// Marks the functions of [`ShardsIdReader`].
    ShardIds(ShardsIdReader): Runs;
    /// Marks the functions of [`CommandReader`].
    Commands(CommandReader):;
}

/// Reads keys with their types and values, or waits for events of keys.
pub type KeysReader = GearFunction<KeyRecord, Keys>;
/// Reads the names of keys.
pub type KeysOnlyReader = GearFunction<String, KeysOnly>;
/// Reads the entries of a stream, or waits for new ones.
pub type StreamReader = GearFunction<StreamRecord, Streams>;
/// Reads what a Python generator yields on each shard.
pub type PythonReader = GearFunction<PyValue, Generated>;
/// Reads the id of each shard: one record per shard.
pub type ShardsIdReader = GearFunction<String, ShardIds>;
/// Waits for calls by `RG.TRIGGER`, or for commands that it stands in for.
pub type CommandReader = GearFunction<CommandRecord, Commands>;

impl KeysReader {
    /// Reads the keys that match a pattern of Redis, such as `*`, `user:*` or `h[ae]llo`.
    ///
    /// Registered, the function waits for events of those keys; the pattern must be the name
    /// of a key or end with its only `*` then.
    #[track_caller]
    pub fn new(pattern: impl Into<String>) -> Self {
        Self::begin(Argument::Text(pattern.into()))
    }

    /// Keeps the keys of those types.
    #[must_use]
    #[track_caller]
    pub fn of_types(&self, types: impl IntoIterator<Item = KeyType>) -> Self {
        self.and(Step::Types(types.into_iter().collect()))
    }

    /// Keeps the records of those events, such as `set` or `expired`.
    ///
    /// A batch has no events. Registered, [`events`](super::EventFunction::events) is better: it
    /// keeps the others from starting the function at all.
    #[must_use]
    #[track_caller]
    pub fn of_events<S: Into<String>>(&self, events: impl IntoIterator<Item = S>) -> Self {
        self.and(Step::Events(events.into_iter().map(Into::into).collect()))
    }

    /// Takes the values.
    #[must_use]
    #[track_caller]
    pub fn values(&self) -> GearFunction<PyValue, Keys> {
        self.and(Step::Entry("value"))
    }

    /// Takes the keys.
    #[must_use]
    #[track_caller]
    pub fn keys(&self) -> GearFunction<String, Keys> {
        self.and(Step::Entry("key"))
    }

    /// Makes the entries of the records attributes too: `record.key` beside `record["key"]`.
    ///
    /// Such a record cannot go from shard to shard in a cluster of RedisGears: take out what is
    /// needed before steps that collect, group or sort.
    #[must_use]
    #[track_caller]
    pub fn records(&self) -> Self {
        self.and(Step::Records)
    }
}

impl KeysOnlyReader {
    /// Reads the names of the keys that match a pattern of Redis.
    #[track_caller]
    pub fn new(pattern: impl Into<String>) -> Self {
        Self::begin(Argument::Text(pattern.into()))
    }
}

impl StreamReader {
    /// Reads the entries of the stream with that key.
    ///
    /// Registered, the function waits for new entries; the key may end with `*` then, for
    /// every stream that begins so.
    #[track_caller]
    pub fn new(key: impl Into<String>) -> Self {
        Self::begin(Argument::Text(key.into()))
    }

    /// Takes the fields of the entries, each a `dict` of fields and values.
    #[must_use]
    #[track_caller]
    pub fn values(&self) -> GearFunction<PyValue, Streams> {
        self.and(Step::Entry("value"))
    }

    /// Takes the keys of the streams.
    #[must_use]
    #[track_caller]
    pub fn keys(&self) -> GearFunction<String, Streams> {
        self.and(Step::Entry("key"))
    }

    /// Makes the parts of the entries attributes too: `entry.id` beside `entry["id"]`.
    ///
    /// Such an entry cannot go from shard to shard in a cluster of RedisGears.
    #[must_use]
    #[track_caller]
    pub fn records(&self) -> Self {
        self.and(Step::Records)
    }
}

impl PythonReader {
    /// Reads what a generator function yields, on each shard.
    ///
    /// It may return any iterator.
    #[track_caller]
    pub fn new(generator: impl Generator) -> Self {
        Self::begin(Argument::Code(generator.into_code()))
    }
}

impl ShardsIdReader {
    /// Reads one id per shard; outside of a cluster it is `1`.
    #[expect(clippy::new_without_default, reason = "`new` keeps its caller's place")]
    #[track_caller]
    pub fn new() -> Self {
        Self::begin(Argument::None)
    }
}

impl CommandReader {
    /// Reads the words of commands: the name, then the arguments.
    #[expect(clippy::new_without_default, reason = "`new` keeps its caller's place")]
    #[track_caller]
    pub fn new() -> Self {
        Self::begin(Argument::None)
    }

    /// Takes the arguments, without the name before them.
    #[must_use]
    #[track_caller]
    pub fn args(&self) -> GearFunction<Vec<PyValue>, Commands> {
        self.and(Step::Arguments(None))
    }

    /// Takes the first `max` arguments, without the name before them.
    #[must_use]
    #[track_caller]
    pub fn args_at_most(&self, max: usize) -> GearFunction<Vec<PyValue>, Commands> {
        self.and(Step::Arguments(Some(max)))
    }

    /// Calls a Python function with the arguments, each a parameter of its own.
    #[must_use]
    #[track_caller]
    pub fn apply<F: Callee>(&self, function: F) -> GearFunction<F::Output, Commands> {
        self.and(Step::Apply(function.into_code()))
    }
}
