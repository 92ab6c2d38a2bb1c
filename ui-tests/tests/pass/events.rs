#![deny(warnings, missing_docs)]
#![no_implicit_prelude]
//! Gears that nobody calls, in strange places.

use ::gears_runtime::{Arguments, Record, gear_command, gear_on_keys, gear_on_stream};

/// Documented.
#[gear_on_keys(prefix = "a:*", events = ["set"], key_types = ["string", "hash"], commands = ["set"], read_value = false)]
pub fn r#match(record: Record) {
    r#"log(record["key"])"#
}

/// Documented.
#[gear_on_stream(
    batch = 10,
    duration_ms = 5,
    on_failed = "retry",
    retry_interval_ms = 2000,
    trim = false,
    name = "a stream",
    mode = "async"
)]
pub(crate) fn stream(r#type: Record) {
    "pass"
}

#[gear_command(
    hook = "set",
    key_prefix = "a:",
    in_order,
    on_registered = "log('ready')",
    timeout_ms = 1_000
)]
fn hook(arguments: Arguments) {
    "return call_next(*arguments)"
}

#[cfg(any())]
#[gear_on_keys]
fn never(record: NoSuchType) {
    "pass"
}

macro_rules! watch {
    ($name:ident, $prefix:literal, $body:literal) => {
        #[gear_on_keys(prefix = $prefix)]
        fn $name(record: Record) {
            $body
        }
    };
}

watch!(through_macro, "b:*", "pass");

/// Documented.
pub fn main() {
    #[gear_on_keys]
    fn inside(record: Record) {
        "pass"
    }

    ::std::assert_eq!(r#match::GEAR.name(), "match");
    ::std::assert_eq!(r#match::GEAR.module_path(), ::std::module_path!());
    ::std::assert_eq!(stream::GEAR.trigger(), "a stream");
    ::std::assert_eq!(hook::GEAR.cause().kind(), "hook");
    ::std::assert_eq!(through_macro::GEAR.cause().kind(), "keys");
    ::std::assert_eq!(inside::GEAR.signature(), "inside(record)");
    ::std::assert_eq!(hook::GEAR.timeout().unwrap().as_millis(), 1000);
}
