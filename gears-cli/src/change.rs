//! What registering the gears of this binary does, or would do.

use gears_runtime::{Change, DuplicateTrigger, Maker, Orphan, Registered, registry};
use serde_json::{Value as Json, json};

use crate::{
    context::Context,
    count::many,
    duration,
    failure::{Code, Failure, Result},
    json,
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

/// Names all triggers that others hold, whose each is, and the ways out.
pub(crate) fn conflict(code: Code, all: &[DuplicateTrigger]) -> Failure {
    let mut message = format!(
        "other functions hold {} of gears:",
        many(all.len(), "trigger")
    );
    for one in all {
        message.push_str(&format!(
            "\n  `{}` of {}: {}",
            one.trigger(),
            one.ours(),
            one.theirs()
        ));
    }
    Failure::new(code, message).advice(
        "rename the gears, or put --prefix before all of them; take the triggers over (`replace = true`, or --replace) or leave \
         them (`replace = false`, or --replace=false); or unregister the others: `gears unregister ID`",
    )
}

/// Prints what became of each gear, and what the application has no more.
///
/// # Errors
///
/// The output is closed.
pub(crate) fn print(context: &Context<'_>, registered: &Registered) -> Result {
    let output = &context.output;
    if output.is_json() {
        let gears = registered.iter().map(|(gear, change)| {
            json!({
                "trigger": gear.trigger(),
                "change": change.to_string(),
                "file": gear.file(),
                "line": gear.line(),
                "formerMaker": registered.former(gear.trigger()).map(json::of_maker),
            })
        });
        // Behind the gears, with the same fields: whoever looks a gear up finds it as ever.
        let orphans = registered.orphans().iter().map(|orphan| {
            let mut written = of_orphan(orphan);
            written["trigger"] = full_name(orphan).into();
            written["change"] = became(orphan).into();
            written["file"] = "".into();
            written["line"] = Json::Null;
            written
        });
        return output.json(&gears.chain(orphans).collect());
    }
    let mut table = Table::new(["CHANGE", "TRIGGER", "PLACE", "MADE BY"]);
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
        let former = registered.former(gear.trigger());
        let former = former.map(Maker::release);
        table.row([
            Cell::text(change.to_string()).tone(tone),
            Cell::text(gear.trigger()),
            Cell::text(place).tone(Tone::Dim),
            Cell::text(former.unwrap_or_default()).tone(Tone::Dim),
        ]);
    }
    for orphan in registered.orphans() {
        table.row([
            Cell::text(became(orphan)).tone(tone(orphan)),
            Cell::text(full_name(orphan)),
            Cell::text(""),
            Cell::text(orphan.maker().to_string()).tone(Tone::Dim),
        ]);
    }
    output.table(&table)?;
    let stays = |orphan: &Orphan| !orphan.is_pruned() && orphan.version().is_none();
    if registered.orphans().iter().any(stays) {
        output.advice("what this application has no more stays until --prune is said");
    }
    Ok(())
}

/// Makes a table of what an application has no more.
pub(crate) fn table_of_orphans(orphans: &[Orphan], dry_run: bool) -> Table {
    let mut table = Table::new(["CHANGE", "NAME", "IDLE", "MADE BY"]);
    for orphan in orphans {
        let change = match (orphan.is_pruned(), dry_run) {
            (true, false) => "pruned",
            (true, true) => "would prune",
            (false, _) => "kept",
        };
        table.row([
            Cell::text(change).tone(tone(orphan)),
            Cell::text(full_name(orphan)),
            Cell::number(orphan.idle().map(duration::short).unwrap_or_default()),
            Cell::text(orphan.maker().to_string()).tone(Tone::Dim),
        ]);
    }
    table
}

/// Writes what an application has no more for programs.
pub(crate) fn of_orphan(orphan: &Orphan) -> Json {
    json!({
        "name": orphan.name(),
        "version": orphan.version(),
        "id": orphan.id(),
        "library": orphan.library(),
        "idleMs": orphan.idle().and_then(|idle| u64::try_from(idle.as_millis()).ok()),
        "maker": json::of_maker(orphan.maker()),
    })
}

fn became(orphan: &Orphan) -> &'static str {
    if orphan.is_pruned() {
        "pruned"
    } else {
        "orphaned"
    }
}

fn tone(orphan: &Orphan) -> Tone {
    if orphan.is_pruned() {
        Tone::Good
    } else {
        Tone::Warning
    }
}

fn full_name(orphan: &Orphan) -> String {
    match (orphan.version(), orphan.library()) {
        (Some(version), _) => format!("{}@{version}", orphan.name()),
        (None, Some(library)) => format!("{library}.{}", orphan.name()),
        (None, None) => orphan.name().to_owned(),
    }
}
