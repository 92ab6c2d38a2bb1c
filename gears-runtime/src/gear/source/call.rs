//! The function that a call runs: arguments in, the body's value out.
//!
//! It is written to be quick: one function that takes the record apart,
//! converts in place what nearly always comes, and leaves the rest to helpers.

use std::fmt::Write as _;

use super::value;
use crate::{
    gear::descriptor::Gear,
    python::{literal::string, name::ENTRY},
    server::dialect::Dialect,
};

/// Writes `_gear_call` and the helpers that it needs.
pub(super) fn write(script: &mut String, gear: &Gear, dialect: Dialect) {
    let readings: Vec<value::Reading> = (0..gear.params().len())
        .map(|place| {
            let index = gear.param_at(place);
            let is_key = gear.key() == Some(index);
            value::reading(&gear.params()[index], dialect, is_key)
        })
        .collect();
    value::write_helpers(script, &readings, &gear.signature());
    value::write_result(script, gear.returns().wire());

    let (prefix, wait) = if gear.is_coroutine() {
        ("async ", "await ")
    } else {
        ("", "")
    };
    // Writing to a `String` cannot fail, here and below.
    let _ = writeln!(script, "\n{prefix}def {ENTRY}(_record):");
    let least = gear.required_on_wire();
    if least == readings.len() {
        write_all(script, gear, &readings);
    } else {
        write_some(script, gear, &readings, least);
    }
    // In the order of the signature.
    let mut ordered = vec![String::new(); readings.len()];
    for place in 0..readings.len() {
        ordered[gear.param_at(place)] = variable(place);
    }
    let call = format!("{wait}_gear_function({})", ordered.join(", "));
    value::write_return(script, gear.returns().wire(), &call);
}

/// Takes a record apart that holds every argument.
fn write_all(script: &mut String, gear: &Gear, readings: &[value::Reading]) {
    let names: String = (0..readings.len())
        .map(|place| format!(", {}", variable(place)))
        .collect();
    let comma = if readings.is_empty() { "," } else { "" };
    let _ = write!(
        script,
        "    \
             try:\n        \
                 _{names}{comma} = _record\n    \
             except ValueError:\n        \
                 raise {} from None\n",
        wrong_count(gear),
    );
    for (place, reading) in readings.iter().enumerate() {
        write_reading(script, gear, place, *reading, "    ");
    }
}

/// Takes a record apart of which the last arguments may be missing.
fn write_some(script: &mut String, gear: &Gear, readings: &[value::Reading], least: usize) {
    let _ = write!(
        script,
        "    \
             _count = len(_record) - 1\n    \
             if not {least} <= _count <= {}:\n        \
                 raise {}\n",
        readings.len(),
        wrong_count(gear),
    );
    for (place, reading) in readings.iter().enumerate() {
        let name = variable(place);
        let indent = if place < least {
            "    "
        } else {
            let _ = writeln!(script, "    {name} = None\n    if _count > {place}:");
            "        "
        };
        let _ = writeln!(script, "{indent}{name} = _record[{}]", place + 1);
        write_reading(script, gear, place, *reading, indent);
    }
}

fn write_reading(
    script: &mut String,
    gear: &Gear,
    place: usize,
    reading: value::Reading,
    indent: &str,
) {
    let word = value::Word {
        variable: &variable(place),
        param: gear.params()[gear.param_at(place)].name(),
        indent,
    };
    reading.write(script, word);
}

/// The variable of the argument that travels at that place.
fn variable(place: usize) -> String {
    format!("_{}", place + 1)
}

fn wrong_count(gear: &Gear) -> String {
    format!(
        "TypeError('%s was given %d arguments' % ({}, len(_record) - 1))",
        string(&gear.signature()),
    )
}
