//! The function that stands in for a command: its arguments in, the command's reply out.

use std::fmt::Write as _;

use crate::{
    gear::descriptor::Gear,
    python::{name::ENTRY, sent::sent},
};

/// Makes a reply of a value.
const REPLY: &str = sent!("reply.py");

/// Writes `_gear_call` and the helper that it needs.
pub(super) fn write(script: &mut String, gear: &Gear) {
    script.push_str(REPLY);
    let (prefix, wait) = if gear.is_coroutine() {
        ("async ", "await ")
    } else {
        ("", "")
    };
    // Writing to a `String` cannot fail.
    let _ = write!(
        script,
        "\n{prefix}def {ENTRY}(record):\n    \
             return _gear_reply({wait}_gear_function(record[1:]))\n"
    );
}
