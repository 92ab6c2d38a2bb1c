//! Shards of one cluster with different Pythons.

use std::path::Path;

use crate::Result;
use crate::kit::Kit;
use crate::process;
use crate::python::{self, Interpreter};
use crate::shelf;
use crate::stage::stage;
use crate::venv;
use crate::workspace::{Profile, Workspace};

/// Tells whether a path is that of a Python, by its name: a server would start when it is asked.
pub(super) fn is_python(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("python"))
}

/// Modules of the engine's tests about what Pythons do in ways of their own: where exceptions come up, how frames
/// are listed, how deep calls go and how code is profiled.
const MODULES: [&str; 5] = [
    "coroutine::",
    "hostile::",
    "profiling::",
    "recursion::",
    "threads::",
];

/// Builds the engine for another Python, runs tests with it, those of [`MODULES`] or all, and has it in one cluster
/// with that of set-up's Python.
pub(super) fn try_python(
    workspace: &Workspace,
    kit: &Kit,
    path: &Path,
    all: bool,
) -> Result<String> {
    let base = python::wished(path)?;
    let place = make(workspace, &base)?;
    let kit_there = Kit {
        python: venv::interpreter(&place.house),
        library: base.shared_library(),
        ..kit.clone()
    };
    stage(
        &format!("building the engine for Python {}", base.version()),
        "about 120 s the first time, seconds later",
        || {
            let words = ["build", "--package", "gears-engine", "--target-dir"];
            let mut cargo = kit_there.cargo(workspace, Profile::Debug, &words);
            process::run(cargo.arg(&place.target))
        },
    )?;
    if all {
        // What the tests beyond those of the modules install.
        shelf::stock(&place.house)?;
    }
    test(workspace, &kit_there, &place, all)?;
    let words = [
        "run",
        "--quiet",
        "--all-features",
        "--package",
        "gears-tests",
        "--bin",
        "pythons",
        "--",
    ];
    let mut mixed = kit.cargo(workspace, Profile::Debug, &words);
    Ok(process::capture(mixed.arg(place.engine(Profile::Debug)))?
        .trim()
        .to_owned())
}

/// Runs tests of the engine with the one of a place.
fn test(workspace: &Workspace, kit: &Kit, place: &Workspace, all: bool) -> Result {
    let words = ["test", "--package", "gears-tests", "--all-features"];
    let mut tests = kit.cargo(workspace, Profile::Debug, &words);
    tests
        .args(["--no-fail-fast", "--test", "engine"])
        .env("GEARS_ENGINE", place.engine(Profile::Debug));
    if !all {
        tests.arg("--").args(MODULES);
    }
    process::run(&mut tests)
}

/// Makes an environment of this Python, and says where it and what is built for it are: beside those of set-up, which
/// has one Python alone.
fn make(workspace: &Workspace, base: &Interpreter) -> Result<Workspace> {
    let house = workspace.target.join("pythons").join(base.version());
    let place = Workspace {
        root: workspace.root.clone(),
        target: house.join("target"),
        house,
    };
    if !venv::interpreter(&place.house).exists() {
        venv::make(&place.house, base)?;
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pythons_are_told_by_their_names() {
        assert!(is_python(Path::new("/usr/bin/python3.12")));
        assert!(is_python(Path::new("python3")));
        assert!(!is_python(Path::new("/opt/python3/redis-server")));
        assert!(!is_python(Path::new("/")));
    }
}
