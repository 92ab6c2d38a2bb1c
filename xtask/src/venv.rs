//! Makes the virtual environment that the engine is built and run with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::process;
use crate::python::Interpreter;

/// The packages that go into it, with their versions.
pub(crate) const PINS: &str = include_str!("../requirements.txt");

/// Names the interpreter of the environment in set-up's folder.
pub(crate) fn interpreter(house: &Path) -> PathBuf {
    house.join("python").join("bin").join("python3")
}

/// Names the file that says for which interpreter and packages it was made.
pub(crate) fn record(house: &Path) -> PathBuf {
    house.join("python").join("made-for")
}

/// Makes the environment anew and installs the pinned packages.
pub(crate) fn make(house: &Path, base: &Interpreter) -> Result {
    let dir = house.join("python");
    fs::create_dir_all(house)?;
    process::capture(
        Command::new(&base.executable)
            .args(["-I", "-m", "venv", "--clear"])
            .arg(&dir),
    )?;
    let pins = house.join("requirements.txt");
    fs::write(&pins, PINS)?;
    process::capture(
        pip(house)
            .args(["install", "--quiet", "--requirement"])
            .arg(&pins),
    )?;
    Ok(())
}

/// Makes an environment without packages anew in a folder, for a trial, and returns its interpreter.
pub(crate) fn fresh(folder: &Path, base: &Interpreter) -> Result<PathBuf> {
    process::capture(
        Command::new(&base.executable)
            .args(["-I", "-m", "venv", "--clear"])
            .arg(folder),
    )?;
    Ok(folder.join("bin").join("python"))
}

/// Prepares a pip command of the environment.
pub(crate) fn pip(house: &Path) -> Command {
    let mut command = Command::new(interpreter(house));
    command
        .args(["-I", "-m", "pip", "--disable-pip-version-check"])
        // Settings for the user's own installs that contradict an environment's.
        .env_remove("PIP_USER")
        .env_remove("PIP_TARGET")
        .env_remove("PIP_PREFIX")
        .env_remove("PIP_REQUIRE_VIRTUALENV");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned() {
        let lines = PINS
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut names = Vec::new();
        for line in lines {
            let (name, version) = line.split_once("==").expect(line);
            assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{line}");
            names.push(name);
        }
        assert!(names.contains(&"redis") && names.contains(&"cloudpickle"));
    }
}
