//! Libraries as they are shown to people and programs.

use serde_json::{Value as Json, json};

use super::{Function, Library, meant::Meant};
use crate::{
    failure::Result,
    json,
    load::FunctionLoad,
    output::{Cell, Output, Table, Tone},
    registration,
};

/// Makes a table of the functions of libraries.
pub(crate) fn table(libraries: &[&Library]) -> Table {
    let several = libraries.iter().any(|one| one.shards > 1);
    let mut head = vec![
        "LIBRARY",
        "FUNCTION",
        "FLAGS",
        "RUNS",
        "FAILED",
        "AVG MS",
        "APPLICATION",
        "DESCRIPTION",
    ];
    if several {
        head.insert(1, "SHARDS");
    }
    let mut table = Table::new(head);
    for library in libraries {
        for function in &library.functions {
            let mut row = of_function(library, function);
            if several {
                row.insert(1, Cell::share(library.places(), library.shards));
            }
            table.row(row);
        }
    }
    table
}

fn of_function(library: &Library, function: &Function) -> Vec<Cell> {
    let counts = function.counts;
    // What is not known stays open.
    let number = |count: Option<u64>| {
        Cell::number(count.map_or_else(String::new, |count| count.to_string()))
    };
    let failures = counts.map(|counts| counts.failures);
    let application = Cell::text(library.application());
    vec![
        Cell::text(&library.name),
        Cell::text(&function.name),
        Cell::text(function.flags.join(" ")),
        number(counts.map(|counts| counts.calls)),
        if failures > Some(0) {
            number(failures).tone(Tone::Bad)
        } else {
            number(failures)
        },
        match counts.and_then(FunctionLoad::average) {
            Some(average) => Cell::number(format!("{average:.1}")),
            None => Cell::number(""),
        },
        if library.maker().is_none() {
            application.tone(Tone::Dim)
        } else {
            application
        },
        Cell::text(&function.description),
    ]
}

/// Shows all about libraries, or functions of them.
///
/// # Errors
///
/// It cannot be written.
pub(crate) fn show(found: &[Meant<'_>], source: bool, output: &Output) -> Result {
    if source {
        let code = &found[0].library.code;
        return if output.is_json() {
            output.json(&json!({ "source": code }))
        } else {
            output.bytes(code.trim_end().as_bytes())
        };
    }
    if output.is_json() {
        return output.json(&found.iter().map(|one| to_json(one.library)).collect());
    }
    for (index, one) in found.iter().enumerate() {
        if index > 0 {
            output.line("")?;
        }
        output.table(&about(one.library))?;
        for function in &one.functions {
            output.line("")?;
            output.table(&about_function(one.library, function))?;
        }
    }
    Ok(())
}

fn about(library: &Library) -> Table {
    let maker = library.maker();
    let maker = maker.as_ref();
    let mut rows = vec![("library", library.name.clone())];
    rows.extend(library.shard_ids().map(|id| ("shard", id.to_owned())));
    rows.extend([
        ("engine", "python".to_owned()),
        ("application", library.application()),
        (
            "prefix",
            maker.map_or("", |maker| maker.prefix()).to_owned(),
        ),
        (
            "registered at",
            maker.and_then(registration::made_at).unwrap_or_default(),
        ),
        (
            "fingerprint",
            library.fingerprint().unwrap_or_default().to_owned(),
        ),
    ]);
    plain(rows)
}

fn about_function(library: &Library, function: &Function) -> Table {
    let count = |of: fn(FunctionLoad) -> u64| {
        let count = function.counts.map(of);
        count.map_or_else(String::new, |count| count.to_string())
    };
    let average = function.counts.and_then(FunctionLoad::average);
    plain(vec![
        ("function", function.name.clone()),
        (
            "version",
            library.version(function).unwrap_or_default().to_owned(),
        ),
        ("flags", function.flags.join(", ")),
        ("description", function.description.clone()),
        ("triggered", count(|counts| counts.calls)),
        ("succeeded", count(FunctionLoad::successes)),
        ("failed", count(|counts| counts.failures)),
        ("killed", count(|counts| counts.killed)),
        (
            "average run",
            average.map_or_else(String::new, |time| format!("{time:.1} ms")),
        ),
    ])
}

/// Makes a table of names and values, without those that are empty.
fn plain(rows: Vec<(&str, String)>) -> Table {
    let mut table = Table::plain();
    for (name, value) in rows {
        if !value.is_empty() {
            table.row([Cell::text(name).tone(Tone::Dim), Cell::text(value)]);
        }
    }
    table
}

/// Writes a library for programs; it has no `reader`, which tells it from a registration. Counts that are not known are
/// null.
pub(crate) fn to_json(library: &Library) -> Json {
    let functions = library.functions.iter().map(|function| {
        let counts = function.counts;
        json!({
            "name": function.name,
            "version": library.version(function),
            "flags": function.flags,
            "description": function.description,
            "triggered": counts.map(|counts| counts.calls),
            "succeeded": counts.map(FunctionLoad::successes),
            "failed": counts.map(|counts| counts.failures),
            "killed": counts.map(|counts| counts.killed),
            "averageRunMs": counts.and_then(FunctionLoad::average),
        })
    });
    let mut written = json!({
        "library": library.name,
        "engine": "python",
        "maker": library.maker().as_ref().map(json::of_maker),
        "fingerprint": library.fingerprint(),
        "functions": functions.collect::<Vec<_>>(),
    });
    if library.shards > 1 {
        written["shards"] = library.shard_ids().collect();
    }
    written
}
