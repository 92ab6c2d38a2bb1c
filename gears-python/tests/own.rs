//! The Python of this project, held to the rules that it has for others.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gears_python::{FileChecker, PythonVersion, Rule};

/// Files that run elsewhere than a script of RedisGears: the oldest Python that has to run them, and what is there.
const ELSEWHERE: &[(&str, &str, &[&str])] = &[
    ("editors/python/", "3.9", &["redis"]),
    (
        "gears-engine/wheel/",
        "3.9",
        &["elftools", "gears_engine", "hatchling"],
    ),
    (
        "gears-engine/",
        "3.9",
        &[
            "pip",
            "gears_everywhere",
            "gears_words",
            "gears_keyword",
            "gears_option",
            "gears_reach",
            "gears_stand_in",
        ],
    ),
    ("gears-python/tests/corpus/", "3.9", &["pyflakes"]),
    ("examples/moving/", "3.9", &["redgrease", "redis"]),
    ("tests/src/", "3.9", &["prometheus_client"]),
    (
        "tests/tests/field/redgrease/",
        "3.9",
        &["redgrease", "redis", "setuptools", "stage"],
    ),
    ("tests/src/prometheus.py", "3.9", &["prometheus_client"]),
];

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|end| end == "py") {
            files.push(path);
        }
    }
}

/// Returns what is wrong with a file.
fn told(file: &str, source: &[u8]) -> Vec<String> {
    let elsewhere = ELSEWHERE
        .iter()
        .find(|(folder, ..)| file.starts_with(folder));
    let (version, there) = match elsewhere {
        Some((_, version, there)) => (version.parse().unwrap(), *there),
        None => (PythonVersion::OLDEST, &[][..]),
    };
    let checker = FileChecker::new(version).requirements(there);
    let findings = checker.check(file, source).into_iter().filter(|found| {
        // Only a script of a server has no file.
        found.rule() != Some(Rule::UndefinedName) || !found.message().contains("`__file__`")
    });
    findings
        .map(|found| {
            let (line, column) = found.start();
            let (rule, message) = (found.rule_name(), found.message());
            format!("{file}:{line}:{column}: {rule}: {message}")
        })
        .collect()
}

#[test]
fn our_python_keeps_our_rules() {
    let mut files = Vec::new();
    collect(&root(), &mut files);
    let mut wrong = Vec::new();
    for path in &files {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
        wrong.extend(told(name, &fs::read(path).unwrap()));
    }
    assert_eq!(wrong.join("\n"), "");
    // Among them those that this looks for: the engine's, those of gears that run locally, and the pieces of scripts.
    for folder in [
        "gears-engine/src/python",
        "gears-engine/wheel",
        "gears-runtime/src/testing/local/shim",
        "gears-runtime/src/function/prelude",
    ] {
        let folder = root().join(folder);
        assert!(
            files.iter().any(|file| file.starts_with(&folder)),
            "{folder:?}"
        );
    }
}

#[test]
fn what_breaks_a_rule_is_told() {
    let found = told("gears-runtime/src/x.py", b"def f(x, /):\n    pass\n");
    assert!(
        found[0].starts_with("gears-runtime/src/x.py:1:10: syntax: "),
        "{found:?}"
    );
    let found = told("gears-engine/src/x.py", b"import yaml\n");
    assert!(
        found[0].contains(":1:8: missing-requirement: "),
        "{found:?}"
    );
}
