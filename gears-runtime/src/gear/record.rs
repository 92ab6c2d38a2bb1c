//! The types that stand for what only Python sees.

/// Stands for what an event gear is given: in Python a `dict`, in Rust nothing.
///
/// | gear | keys of the `dict` |
/// | --- | --- |
/// | `#[gear_on_keys]` | `event`, `key`, `type`, `value`; the last two are `None` with `read_value = false` |
/// | `#[gear_on_stream]` | `key`, `id` and `value`, a `dict` of the entry's fields |
///
/// Text is `str`, what is not UTF-8 `bytes` (`bytearray` on RedisGears). There is no value of the type:
/// the server makes the record, and no Rust code ever holds it.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Record, gear_on_keys};
///
/// /// Counts the orders that expire.
/// #[gear_on_keys(prefix = "order:*", events = ["expired"])]
/// fn count_expired(record: Record) {
///     r#"cmd.hincrby("expired", record["key"], 1)"#
/// }
///
/// assert_eq!(count_expired::GEAR.name(), "count_expired");
/// ```
#[derive(Debug)]
pub enum Record {}

/// Stands for the arguments of a hooked command: in Python a `list`, in Rust nothing.
///
/// The command's own name is not among them, so `call_next(*arguments)` runs the command as it came.
/// There is no value of the type.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Arguments, gear_command};
///
/// /// Notes when a person was last written.
/// #[gear_command(hook = "hset", key_prefix = "person:", mode = "sync")]
/// fn note_time(arguments: Arguments) {
///     r#"
///     import time
///     return call_next(*arguments, "written", str(time.time()))
///     "#
/// }
///
/// assert_eq!(note_time::GEAR.cause().kind(), "hook");
/// ```
#[derive(Debug)]
pub enum Arguments {}

/// The parameter of a gear that events call.
#[diagnostic::on_unimplemented(
    message = "an event gear takes a `gears_runtime::Record`, not `{Self}`",
    label = "use `gears_runtime::Record` here",
    note = "the server makes the record, as a `dict`; no Rust value travels"
)]
pub trait IsRecord {}

impl IsRecord for Record {}

/// The parameter of a gear that stands in for a command.
#[diagnostic::on_unimplemented(
    message = "a gear that hooks a command takes `gears_runtime::Arguments`, not `{Self}`",
    label = "use `gears_runtime::Arguments` here",
    note = "the server hands over the command's arguments, as a `list`; no Rust value travels"
)]
pub trait IsArguments {}

impl IsArguments for Arguments {}

/// Has the compiler check the type of an event gear's parameter.
pub const fn assert_record<T: IsRecord>() {}

/// Has the compiler check the type of a hook's parameter.
pub const fn assert_arguments<T: IsArguments>() {}
