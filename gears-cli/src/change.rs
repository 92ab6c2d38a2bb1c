//! What registering the gears of this binary does, or would do.

use gears_runtime::{Change, Registered, registry};
use serde_json::{Value as Json, json};

use crate::{
    context::Context,
    failure::{Failure, Result},
    output::{Cell, Table, Tone},
};

/// Checks that there are gears in this binary.
///
/// # Errors
///
/// There are none.
pub(crate) fn some_linked() -> Result {
    if registry::all().is_empty() {
        return Err(Failure::usage("no gears are linked into this binary").advice(
            "call gears_cli::main_for_this_binary() in the binary that has them; of other crates, \
             name each one (`use that_crate as _;`), or the linker drops it",
        ));
    }
    Ok(())
}

/// Checks that these are triggers of gears in this binary.
///
/// # Errors
///
/// One of them is not.
pub(crate) fn all_linked(triggers: &[String]) -> Result {
    let all = registry::all();
    for trigger in triggers {
        if !all.iter().any(|gear| gear.trigger() == trigger) {
            let known: Vec<&str> = all.iter().map(|gear| gear.trigger()).collect();
            return Err(
                Failure::usage(format!("this binary has no gear `{trigger}`"))
                    .advice(format!("it has {}", known.join(", "))),
            );
        }
    }
    Ok(())
}

/// Prints what became of each gear.
///
/// # Errors
///
/// The output is closed.
pub(crate) fn print(context: &Context<'_>, registered: &Registered) -> Result {
    let output = &context.output;
    if output.is_json() {
        let changes: Vec<Json> = registered
            .iter()
            .map(|(gear, change)| {
                json!({
                    "trigger": gear.trigger(),
                    "change": change.to_string(),
                    "file": gear.file(),
                    "line": gear.line(),
                })
            })
            .collect();
        return output.json(&Json::Array(changes));
    }
    let mut table = Table::new(["CHANGE", "TRIGGER", "PLACE"]);
    for (gear, change) in registered.iter() {
        let tone = match change {
            Change::Registered | Change::Updated => Tone::Good,
            Change::Replaced | Change::Kept => Tone::Warning,
            Change::Refused => Tone::Bad,
            _ => Tone::Dim,
        };
        let place = match gear.line() {
            Some(line) => format!("{}:{line}", gear.file()),
            None => gear.file().to_owned(),
        };
        table.row([
            Cell::text(change.to_string()).tone(tone),
            Cell::text(gear.trigger()),
            Cell::text(place).tone(Tone::Dim),
        ]);
    }
    output.table(&table)
}
