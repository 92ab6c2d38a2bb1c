//! Functions of commands.

use super::kind::Commands;
use crate::{
    function::{
        open::GearFunction, origin::Argument, record::CommandRecord, role::Callee, step::Step,
    },
    python::value::PyValue,
};

/// Waits for calls by `RG.TRIGGER`, or for commands that it stands in for.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{function::CommandReader, py, redis::Value};
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// let add = py!("lambda left, right: int(left) + int(right)");
/// CommandReader::new().apply(add).register_trigger("add").on(&gears)?;
/// assert_eq!(gears.trigger("add", ["20", "3"])?, [Value::Int(23)]);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub type CommandReader = GearFunction<CommandRecord, Commands>;

impl CommandReader {
    /// Reads the words of commands: the name, then the arguments.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, py, redis::Value};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let words = CommandReader::new().map(py!("lambda words: ' '.join(words)"));
    /// words.register_trigger("echo").on(&gears)?;
    /// let reply = gears.trigger("echo", ["hello"])?;
    /// assert_eq!(reply, [Value::BulkString(b"echo hello".to_vec())]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[expect(clippy::new_without_default, reason = "`new` keeps its caller's place")]
    #[track_caller]
    pub fn new() -> Self {
        Self::begin(Argument::None)
    }

    /// Takes the arguments, without the name before them.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, py, redis::Value};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let longest = CommandReader::new().args().map(py!("lambda args: max(args, key=len)"));
    /// longest.register_trigger("longest").on(&gears)?;
    /// let reply = gears.trigger("longest", ["to", "question"])?;
    /// assert_eq!(reply, [Value::BulkString(b"question".to_vec())]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn args(&self) -> GearFunction<Vec<PyValue>, Commands> {
        self.and(Step::Arguments(None))
    }

    /// Takes the first `max` arguments, without the name before them.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, py, redis::Value};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let pair = CommandReader::new().args_at_most(2).map(py!("lambda args: '-'.join(args)"));
    /// pair.register_trigger("pair").on(&gears)?;
    /// let reply = gears.trigger("pair", ["a", "b", "too much"])?;
    /// assert_eq!(reply, [Value::BulkString(b"a-b".to_vec())]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn args_at_most(&self, max: usize) -> GearFunction<Vec<PyValue>, Commands> {
        self.and(Step::Arguments(Some(max)))
    }

    /// Calls a Python function with the arguments, each a parameter of its own.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::CommandReader, py, redis::Value};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let repeat = CommandReader::new().apply(py!("lambda text, times=2: text * int(times)"));
    /// repeat.register_trigger("repeat").on(&gears)?;
    /// assert_eq!(gears.trigger("repeat", ["ha"])?, [Value::BulkString(b"haha".to_vec())]);
    /// assert_eq!(gears.trigger("repeat", ["ha", "3"])?, [Value::BulkString(b"hahaha".to_vec())]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn apply<F: Callee>(&self, function: F) -> GearFunction<F::Output, Commands> {
        self.and(Step::Apply(function.into_code()))
    }
}
