//! What the script says of its own function: by which types it converts.
//!
//! gears-engine reads it when a gear is registered there, and converts without Python. It stands at the function, so
//! that it is stored and sent on with it; who does not know it, as RedisGears and older engines, runs the function.

use std::fmt::Write as _;

use crate::{
    gear::{
        descriptor::Gear,
        shape::{Param, Returned, Wire},
    },
    python::{literal::string, name::ENTRY},
};

/// Writes the types of a gear that is called, unless its function is one that gears-engine has to await.
pub(super) fn write(script: &mut String, gear: &Gear) {
    if gear.is_coroutine() {
        return;
    }
    let params = gear.params();
    let takes = (0..params.len()).map(|place| {
        let param = &params[gear.param_at(place)];
        format!("{}: {}", string(param.name()), string(&takes(param)))
    });
    let takes: Vec<String> = takes.collect();
    // Writing to a `String` cannot fail.
    let _ = writeln!(
        script,
        "{ENTRY}.gears_types = (_gear_function, {{{}}}, {})",
        takes.join(", "),
        string(returns(gear.returns().wire())),
    );
}

fn takes(param: &Param) -> String {
    let kind = match param.wire() {
        Wire::Text => "str",
        Wire::Integer => "int",
        Wire::Float => "float",
        Wire::Boolean => "bool",
        Wire::Bytes => "bytes",
        Wire::Json | Wire::Made => "JSON",
    };
    let none = if param.is_optional() { " or None" } else { "" };
    format!("{kind}{none}")
}

fn returns(returned: Returned) -> &'static str {
    match returned {
        Returned::Unit => "nothing",
        Returned::Text => "str",
        Returned::Integer => "int",
        Returned::Float => "float",
        Returned::Boolean => "bool",
        Returned::Bytes => "bytes",
        Returned::Json => "JSON",
        Returned::Raw => "anything",
    }
}
