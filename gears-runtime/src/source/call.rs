//! The function that a call runs: arguments in, the body's value out.
//!
//! It is written to be quick: one function that takes the record apart,
//! converts in place what nearly always comes, and leaves the rest to helpers.

use std::fmt::Write as _;

use super::{ENTRY, value};
use crate::{gear::Gear, literal::string, server::Dialect};

/// Writes `_gear_call` and the helpers that it needs.
pub(super) fn write(script: &mut String, gear: &Gear, dialect: Dialect) {
    let readings: Vec<value::Reading> = (0..gear.params().len())
        .map(|place| {
            let index = gear.param_at(place);
            let is_key = gear.key() == Some(index);
            value::reading(&gear.params()[index], dialect, is_key)
        })
        .collect();
    value::write_helpers(script, &readings);
    value::write_result(script, gear.returns().wire());

    let (prefix, wait) = if gear.is_coroutine() {
        ("async ", "await ")
    } else {
        ("", "")
    };
    // Writing to a `String` cannot fail, here and below.
    let _ = writeln!(script, "\n{prefix}def {ENTRY}(_record):");
    let least = gear.required_on_wire();
    let arguments = if least == readings.len() {
        write_all(script, gear, &readings)
    } else {
        write_some(script, gear, &readings, least)
    };
    // In the order of the signature.
    let mut ordered = vec![String::new(); arguments.len()];
    for (place, argument) in arguments.into_iter().enumerate() {
        ordered[gear.param_at(place)] = argument;
    }
    let call = format!("{wait}_gear_function({})", ordered.join(", "));
    value::write_return(script, gear.returns().wire(), &call);
}

/// Takes a record apart that holds every argument; returns the expressions of their values.
fn write_all(script: &mut String, gear: &Gear, readings: &[value::Reading]) -> Vec<String> {
    let names: String = (1..=readings.len())
        .map(|place| format!(", _{place}"))
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
    readings
        .iter()
        .enumerate()
        .map(|(at, reading)| {
            let name = format!("_{}", at + 1);
            if let Some(statement) = reading.statement(&name) {
                let _ = writeln!(script, "    {statement}");
            }
            reading.expression(&name)
        })
        .collect()
}

/// Takes a record apart of which the last arguments may be missing.
fn write_some(
    script: &mut String,
    gear: &Gear,
    readings: &[value::Reading],
    least: usize,
) -> Vec<String> {
    let _ = write!(
        script,
        "    \
             _count = len(_record) - 1\n    \
             if not {least} <= _count <= {}:\n        \
                 raise {}\n",
        readings.len(),
        wrong_count(gear),
    );
    readings
        .iter()
        .enumerate()
        .map(|(at, reading)| {
            let name = format!("_{}", at + 1);
            if at < least {
                let _ = writeln!(script, "    {name} = _record[{}]", at + 1);
                if let Some(statement) = reading.statement(&name) {
                    let _ = writeln!(script, "    {statement}");
                }
                return reading.expression(&name);
            }
            let value = reading.expression(&format!("_record[{}]", at + 1));
            let _ = writeln!(script, "    {name} = {value} if _count > {at} else None");
            name
        })
        .collect()
}

fn wrong_count(gear: &Gear) -> String {
    format!(
        "TypeError('%s was given %d arguments' % ({}, len(_record) - 1))",
        string(&gear.signature()),
    )
}
