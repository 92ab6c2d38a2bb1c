//! Finds the Python that runs gears locally.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

/// The variable that names the Python.
const VARIABLE: &str = "GEARS_PYTHON";
/// Where projects keep their environment, below their own folder; the last one is what this
/// project's set-up makes.
const ENVIRONMENTS: [&str; 3] = [".venv", "venv", "target/gears/python"];
const INTERPRETERS: [&str; 2] = ["python3", "python"];

/// Finds the interpreter: the one that is given, or else the first of those in the module's table.
pub(super) fn python(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = given {
        return named(path, "`Builder::python`");
    }
    if let Some(path) = variable(VARIABLE) {
        return named(Path::new(&path), VARIABLE);
    }
    let active = variable("VIRTUAL_ENV").map(PathBuf::from);
    let current = env::current_dir().unwrap_or_default();
    let around = current
        .ancestors()
        .flat_map(|folder| ENVIRONMENTS.map(|name| folder.join(name)));
    active
        .into_iter()
        .chain(around)
        .find_map(|environment| interpreter_in(&environment.join("bin")))
        .or_else(on_path)
        .ok_or_else(|| {
            Error::configuration(format!(
                "there is no Python to run gears locally: no virtual environment is active or in a \
                 folder `.venv` or `venv` here or above, and no python3 is on the PATH; install \
                 one, or set {VARIABLE} to its path"
            ))
        })
}

/// Takes a path as it is, and a bare name from the PATH.
fn named(path: &Path, source: &str) -> Result<PathBuf> {
    let is_bare = path.components().count() == 1 && !path.is_absolute();
    let found = if is_bare {
        search_path()
            .map(|folder| folder.join(path))
            .find(|path| path.is_file())
    } else {
        // Absolute, but links stay: an environment's interpreter is one.
        std::path::absolute(path).ok().filter(|path| path.is_file())
    };
    found.ok_or_else(|| {
        Error::configuration(format!(
            "{source} names {}, which is no Python that could be started",
            path.display()
        ))
    })
}

fn on_path() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = search_path().collect();
    // `python3` anywhere comes before `python` anywhere.
    INTERPRETERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}

fn interpreter_in(folder: &Path) -> Option<PathBuf> {
    INTERPRETERS
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.is_file())
}

fn search_path() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

/// Returns the value of an environment variable that is set to something.
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
