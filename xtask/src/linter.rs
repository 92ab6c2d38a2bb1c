//! Reads our Python with ruff, which is in a folder of its own: the engine's environment has no use for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::process;
use crate::venv;
use crate::workspace::Workspace;

/// The linter, with its version.
const PIN: &str = include_str!("../linter.txt");

fn folder(house: &Path) -> PathBuf {
    house.join("linter")
}

fn program(house: &Path) -> PathBuf {
    folder(house).join("bin").join("ruff")
}

/// Tells whether the linter is there, in the version that is wanted.
pub(crate) fn is_here(house: &Path) -> bool {
    fs::read_to_string(folder(house).join("made-for")).is_ok_and(|made_for| made_for == PIN)
}

/// Installs the linter if it is missing, after saying so. The environment must have been made.
pub(crate) fn install(house: &Path) -> Result {
    if is_here(house) {
        return Ok(());
    }
    eprintln!("set-up: downloading ruff for tests (about 12 MB), about 5 s …");
    let folder = folder(house);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let list = folder.join("linter.txt");
    fs::write(&list, PIN)?;
    process::capture(
        venv::pip(house)
            .args(["install", "--quiet", "--no-deps", "--only-binary=:all:"])
            .arg("--target")
            .arg(&folder)
            .arg("--requirement")
            .arg(&list),
    )?;
    fs::write(folder.join("made-for"), PIN)?;
    Ok(())
}

/// Reads every file of Python.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let program = program(&workspace.house);
    if !program.exists() {
        return Err(format!(
            "the Python was not read: {} is missing; delete {} and run `cargo xtask setup`",
            program.display(),
            folder(&workspace.house).display()
        )
        .into());
    }
    process::run(
        Command::new(program)
            .args(["check", "--no-cache", "--quiet"])
            .current_dir(&workspace.root),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linter_is_pinned() {
        let (_, pin) = PIN.split_once('\n').unwrap();
        let (name, version) = pin.trim_end().split_once("==").unwrap();
        assert_eq!(name, "ruff");
        assert!(
            version.starts_with(|c: char| c.is_ascii_digit()),
            "{version}"
        );
        assert!(!is_here(Path::new("/no/such/house")));
    }
}
