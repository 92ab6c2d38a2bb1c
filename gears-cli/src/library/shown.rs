//! Libraries as they are shown to people and programs.

use serde_json::{Value as Json, json};

use super::{Function, Library, Meant};
use crate::{
    failure::Result,
    json,
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
                row.insert(1, Cell::share(library.places.len(), library.shards));
            }
            table.row(row);
        }
    }
    table
}

fn of_function(library: &Library, function: &Function) -> Vec<Cell> {
    let failed = Cell::number(function.failures);
    let application = Cell::text(library.application());
    vec![
        Cell::text(&library.name),
        Cell::text(&function.name),
        Cell::text(function.flags.join(" ")),
        Cell::number(function.calls),
        if function.failures > 0 {
            failed.tone(Tone::Bad)
        } else {
            failed
        },
        match function.average() {
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
    rows.extend(library.places.iter().map(|id| ("shard", id.clone())));
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
    let average = function.average();
    plain(vec![
        ("function", function.name.clone()),
        (
            "version",
            library.version(function).unwrap_or_default().to_owned(),
        ),
        ("flags", function.flags.join(", ")),
        ("description", function.description.clone()),
        ("triggered", function.calls.to_string()),
        (
            "succeeded",
            (function.calls - function.failures).to_string(),
        ),
        ("failed", function.failures.to_string()),
        ("killed", function.killed.to_string()),
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

/// Writes a library for programs; it has no `reader`, which tells it from a registration.
pub(crate) fn to_json(library: &Library) -> Json {
    let functions = library.functions.iter().map(|function| {
        json!({
            "name": function.name,
            "version": library.version(function),
            "flags": function.flags,
            "description": function.description,
            "triggered": function.calls,
            "succeeded": function.calls - function.failures,
            "failed": function.failures,
            "killed": function.killed,
            "averageRunMs": function.average(),
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
        written["shards"] = json!(library.places);
    }
    written
}
