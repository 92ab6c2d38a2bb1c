//! Each row of `guide/pages/redgrease-map.md` names the tests that have run it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Where the test binaries of the packages are.
const FOLDERS: [&str; 3] = ["tests/tests", "gears-cli/tests", "ui-tests/tests"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Takes a row of a table apart.
fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    inner.split('|').map(str::trim).collect()
}

/// Says whether a file is a test binary, or a module that the file above it takes up.
fn is_taken_up(folder: &Path, path: &[&str]) -> bool {
    (2..=path.len()).all(|length| {
        let above = match length {
            2 => folder.join(path[0]).join("main.rs"),
            _ => folder
                .join(path[..length - 1].join("/"))
                .with_extension("rs"),
        };
        let module = format!("mod {};", path[length - 1]);
        fs::read_to_string(above).is_ok_and(|text| text.lines().any(|line| line == module))
    })
}

/// Finds the file that the first modules of a path lead to, and returns the names below it.
fn source<'a>(path: &[&'a str]) -> Option<(PathBuf, Vec<&'a str>)> {
    for folder in FOLDERS {
        let folder = root().join(folder);
        for length in (1..path.len()).rev() {
            let file = folder.join(path[..length].join("/")).with_extension("rs");
            if file.is_file() && is_taken_up(&folder, &path[..length]) {
                return Some((file, path[length..].to_vec()));
            }
        }
    }
    None
}

/// Says whether the file has a test of that name, or a story that is told as several.
fn holds(text: &str, name: &str) -> bool {
    if text.contains(&format!("story! {{ $ go {name}(")) {
        return true;
    }
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(number, line)| {
        let is_function = line
            .trim_start_matches("async ")
            .starts_with(&format!("fn {name}("));
        let attributes = lines[..number]
            .iter()
            .rev()
            .take_while(|line| line.starts_with("#["));
        is_function
            && attributes
                .into_iter()
                .any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
    })
}

/// Says whether it is a program that does not compile, for what the compiler says then.
fn is_refused_program(path: &[&str]) -> bool {
    let file = root().join("ui-tests/tests").join(path.join("/"));
    file.with_extension("rs").is_file() && file.with_extension("stderr").is_file()
}

/// Says what is wrong with the name of a test.
fn fault(test: &str) -> Option<String> {
    let path: Vec<&str> = test.split("::").collect();
    if is_refused_program(&path) {
        return None;
    }
    let Some((file, below)) = source(&path) else {
        return Some(format!("`{test}` is in no file of tests"));
    };
    let text = fs::read_to_string(&file).unwrap();
    let (name, modules) = below.split_last()?;
    if modules
        .iter()
        .any(|module| !text.contains(&format!("mod {module} {{")))
        || !holds(&text, name)
    {
        return Some(format!("`{test}` is no test in {}", file.display()));
    }
    None
}

/// Says what is wrong with the last cell of a row.
fn faults(cell: &str) -> Vec<String> {
    let tests: Vec<&str> = cell.split(", ").collect();
    tests
        .into_iter()
        .filter_map(|test| {
            match test
                .strip_prefix('`')
                .and_then(|test| test.strip_suffix('`'))
            {
                Some(test) => fault(test),
                None => Some(format!("not the name of a test: {test}")),
            }
        })
        .collect()
}

#[test]
fn every_row_names_tests_that_are_there() {
    let map = fs::read_to_string(root().join("guide/pages/redgrease-map.md")).unwrap();
    let mut wrong = Vec::new();
    let mut rows = 0;
    let mut columns = None;
    for (number, line) in (1..).zip(map.lines()) {
        if !line.starts_with('|') {
            columns = None;
            continue;
        }
        let cells = cells(line);
        let Some(columns) = columns else {
            columns = Some(cells.len());
            if cells.last() != Some(&"test") {
                wrong.push(format!("line {number}: the table has no column `test`"));
            }
            continue;
        };
        if cells.iter().all(|cell| cell.trim_matches('-').is_empty()) {
            continue;
        }
        rows += 1;
        if cells.len() != columns {
            wrong.push(format!("line {number}: not {columns} cells"));
            continue;
        }
        for fault in faults(cells[columns - 1]) {
            wrong.push(format!("line {number}: {fault}"));
        }
    }
    assert!(rows > 200, "the map has been read: {rows}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn collect_words(folder: &Path, words: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_words(&path, words);
        } else if path.extension().is_some_and(|end| end == "rs") {
            words.extend(names(&fs::read_to_string(path).unwrap()).map(str::to_owned));
        }
    }
}

/// Takes the names out of code.
fn names(code: &str) -> impl Iterator<Item = &str> {
    code.split(|char: char| !char.is_ascii_alphanumeric() && char != '_')
}

#[test]
fn what_rows_name_is_in_our_sources() {
    let mut words = BTreeSet::new();
    for folder in ["gears-runtime/src", "gears-macros/src", "gears-cli/src"] {
        collect_words(&root().join(folder), &mut words);
    }
    let map = fs::read_to_string(root().join("guide/pages/redgrease-map.md")).unwrap();
    let mut missing = Vec::new();
    let rows = map.lines().filter(|line| line.starts_with('|'));
    for row in rows.filter(|row| !row.contains("---")) {
        let cells = cells(row);
        let here = cells[cells.len() - 2];
        for code in here.split('`').skip(1).step_by(2) {
            // Ours are paths, and names of several words; Python's and those of files are not.
            let ours = names(code).filter(|name| name.contains('_') || code.contains("::"));
            let whole = ours.filter(|name| {
                name.starts_with(|first: char| first.is_ascii_alphabetic()) && !name.ends_with('_')
            });
            missing.extend(
                whole
                    .filter(|name| !words.contains(*name))
                    .map(|name| format!("{name} of `{code}`")),
            );
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn wrong_names_are_found() {
    for (cell, told) in [
        ("`client::manual::no_such`", "is no test in"),
        ("`client::nobody::no_such`", "is in no file of tests"),
        ("`client::manual::basics::filled`", "is no test in"),
        ("`client::manual::basics::listing`", "is no test in"),
        ("by hand", "not the name of a test"),
        ("", "not the name of a test"),
        // What nobody has run.
        ("–", "not the name of a test"),
    ] {
        let faults = faults(cell);
        assert!(
            faults.len() == 1 && faults[0].contains(told),
            "{cell}: {faults:?}"
        );
    }
    assert!(faults("`ui::function::run_of_events`").is_empty());
    let both = "`client::manual::basics::listing_01_basics`, `client::commands::triggers::trigger_answers_with_results`";
    assert!(faults(both).is_empty());
}
