//! What the six readers can do.

use crate::function::keyword::ReaderType;

/// Where the records of a gear function come from.
///
/// # Examples
///
/// ```
/// use gears_runtime::function::{GearFunction, KeysOnlyReader, Order, Reader, StreamReader};
///
/// /// Keeps one page of records, wherever they come from.
/// fn page<T, R: Reader>(of: &GearFunction<T, R>, number: usize) -> GearFunction<T, R> {
///     of.sort(Order::Ascending).limit_from(10 * number, 10)
/// }
///
/// let keys = page(&KeysOnlyReader::new("user:*"), 2);
/// let entries = page(&StreamReader::new("orders").keys(), 0);
/// # assert_ne!(keys.reader_type(), entries.reader_type());
/// ```
pub trait Reader {
    #[doc(hidden)]
    const TYPE: ReaderType;
}

/// A reader that can read everything there is, once: what [`GearFunction::run`](crate::function::GearFunction::run) takes.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Result, function::{GearFunction, Runs, ShardsIdReader}};
/// # use gears_runtime::Gears;
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// /// Tells how many records there are, whatever they are.
/// fn size<T, R: Runs>(function: &GearFunction<T, R>, gears: &Gears) -> Result<i64> {
///     function.count().run().on(gears)?.into_one()
/// }
///
/// assert_eq!(size(&ShardsIdReader::new(), &gears)?, 1);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "functions of `{Self}` wait for events: there is nothing to `run`",
    label = "close it with `register_trigger` or `register_hook`",
    note = "the readers that run are `KeysReader`, `KeysOnlyReader`, `StreamReader`, `PythonReader` and `ShardsIdReader`"
)]
pub trait Runs: Reader {}

/// A reader that can wait for events: what [`GearFunction::register`](crate::function::GearFunction::register) takes.
///
/// # Examples
///
/// ```
/// use gears_runtime::function::{EventFunction, GearFunction, KeysReader, Registers};
///
/// /// Closes a function so that its results stay on the shard where something happened.
/// fn on_the_spot<T, R: Registers>(function: &GearFunction<T, R>) -> EventFunction<T, R> {
///     function.register().mode(gears_runtime::Mode::AsyncLocal).collect(false)
/// }
///
/// let function = on_the_spot(&KeysReader::new("user:*"));
/// assert!(function.script()?.source().contains("mode='async_local'"));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
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
    /// Marks the functions of [`KeysReader`](crate::function::KeysReader).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{GearFunction, Keys, KeysReader}, py};
    ///
    /// fn ages() -> GearFunction<i64, Keys> {
    ///     KeysReader::new("age:*").values().map(py!("int").returns())
    /// }
    ///
    /// assert!(ages().run().script()?.source().contains("'age:*'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    Keys(KeysReader): Runs Registers;
    /// Marks the functions of [`KeysOnlyReader`](crate::function::KeysOnlyReader).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::{BatchFunction, KeysOnly, KeysOnlyReader};
    ///
    /// struct Census {
    ///     users: BatchFunction<i64, KeysOnly>,
    /// }
    ///
    /// let census = Census { users: KeysOnlyReader::new("user:*").count().run() };
    /// assert!(census.users.script()?.source().contains("'user:*'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    KeysOnly(KeysOnlyReader): Runs;
    /// Marks the functions of [`StreamReader`](crate::function::StreamReader).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::{EventFunction, PyValue, StreamReader, Streams};
    ///
    /// fn watch(stream: &str) -> EventFunction<PyValue, Streams> {
    ///     StreamReader::new(stream).values().register().batch(100)
    /// }
    ///
    /// assert!(watch("orders").script()?.source().contains("prefix='orders'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    Streams(StreamReader): Runs Registers;
    /// Marks the functions of [`PythonReader`](crate::function::PythonReader).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{GearFunction, Generated, PythonReader}, py};
    ///
    /// fn numbers(below: u32) -> GearFunction<u32, Generated> {
    ///     PythonReader::new(py!("lambda: range(below)", below = below)).declare()
    /// }
    ///
    /// assert!(numbers(7).run().script()?.source().contains("below=7"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    Generated(PythonReader): Runs;
    /// Marks the functions of [`ShardsIdReader`](crate::function::ShardsIdReader).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{GearFunction, ShardIds, ShardsIdReader}, py};
    ///
    /// /// Counts the keys of each shard.
    /// fn sizes() -> GearFunction<i64, ShardIds> {
    ///     ShardsIdReader::new().map(py!("lambda _shard: execute('DBSIZE')").returns())
    /// }
    ///
    /// assert!(sizes().script()?.source().contains("DBSIZE"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    ShardIds(ShardsIdReader): Runs;
    /// Marks the functions of [`CommandReader`](crate::function::CommandReader).
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{CommandReader, Commands, EventFunction, PyValue}, py};
    ///
    /// fn shout() -> EventFunction<PyValue, Commands> {
    ///     CommandReader::new().apply(py!("lambda text: text.upper() + '!'")).register_trigger("shout")
    /// }
    ///
    /// assert!(shout().script()?.source().contains("trigger='shout'"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    Commands(CommandReader):;
}
