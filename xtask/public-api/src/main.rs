//! Compares what the published crates offer with what is written down in `api/`, or writes it down anew.
//!
//! Called by `cargo xtask docs` with the folder in which rustdoc left its JSON, and by `cargo xtask api` with
//! `--record` besides.

#![warn(clippy::expect_used, clippy::unwrap_used)]

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The published crates, by the names of their libraries.
const CRATES: [&str; 4] = ["gears_python", "gears_macros", "gears_runtime", "gears_cli"];

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let mut words = env::args().skip(1);
    let Some(documentation) = words.next().map(PathBuf::from) else {
        eprintln!("usage: public-api-snapshots FOLDER [--record]");
        return ExitCode::FAILURE;
    };
    let records = words.next().as_deref() == Some("--record");
    let mut code = ExitCode::SUCCESS;
    for name in CRATES {
        if let Err(error) = check(&documentation, name, records) {
            eprintln!("{error}");
            code = ExitCode::FAILURE;
        }
    }
    code
}

/// Names the file in which it is written down what a crate offers.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("api")
        .join(format!("{}.txt", name.replace('_', "-")))
}

fn check(documentation: &Path, name: &str, records: bool) -> Result {
    let file = file(name);
    let offered = offered(&documentation.join(format!("{name}.json")))?;
    if records {
        fs::create_dir_all(file.parent().ok_or("no folder")?)?;
        return Ok(fs::write(file, offered)?);
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    let differences = differences(&written, &offered);
    if differences.is_empty() {
        return Ok(());
    }
    Err(format!(
        "what {name} offers is not what {} says:\n{differences}\
         a line that goes or changes breaks users (docs/decisions/releases.md); on purpose: `cargo xtask api`",
        file.display()
    )
    .into())
}

/// Lists what a crate offers, an item in each line.
///
/// Without what every type has by the implementations of others for all types; with `Send` and the like, which a
/// field may take away without anybody noticing.
fn offered(json: &Path) -> Result<String> {
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .build()
        .map_err(|error| {
            format!(
                "{}: {error}; `cargo clean --doc`, and once more",
                json.display()
            )
        })?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}

/// Writes the lines that are in one alone.
fn differences(before: &str, now: &str) -> String {
    let lines = |text: &'static str, all: &str, others: &str| -> Vec<String> {
        let others: BTreeSet<&str> = others.lines().collect();
        all.lines()
            .filter(|line| !others.contains(line))
            .map(|line| format!("  {text} {line}\n"))
            .collect()
    };
    [lines("-", before, now), lines("+", now, before)]
        .concat()
        .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_come_and_go_are_told() {
        assert_eq!(differences("a\nb\n", "a\nb\n"), "");
        assert_eq!(differences("a\nb\n", "b\nc\n"), "  - a\n  + c\n");
    }
}
