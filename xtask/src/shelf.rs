//! Keeps the wheels that tests have the engine install.
//!
//! They are not in the environment: tests show that a server brings them in, and do so
//! without a network.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::process;
use crate::venv;

/// The packages whose wheels are kept, with their versions.
pub(crate) const WHEELS: &str = include_str!("../wheels.txt");

fn folder(house: &Path) -> PathBuf {
    house.join("wheels")
}

/// Tells whether everything is there, for the environment as it is.
pub(crate) fn is_stocked(house: &Path) -> bool {
    fs::read_to_string(folder(house).join("made-for"))
        .is_ok_and(|made_for| made_for == wanted(house))
}

/// Downloads what is missing, after saying so. The environment must have been made.
pub(crate) fn stock(house: &Path) -> Result {
    if is_stocked(house) {
        return Ok(());
    }
    eprintln!("set-up: downloading numpy for tests (about 17 MB), about 5 s …");
    let folder = folder(house);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let list = folder.join("wheels.txt");
    fs::write(&list, WHEELS)?;
    process::capture(
        venv::pip(house)
            .args(["download", "--quiet", "--no-deps", "--only-binary=:all:"])
            .arg("--dest")
            .arg(&folder)
            .arg("--requirement")
            .arg(&list),
    )?;
    fs::write(folder.join("made-for"), wanted(house))?;
    Ok(())
}

/// What the wheels are for: the environment's interpreter, and the list.
fn wanted(house: &Path) -> String {
    let environment = fs::read_to_string(venv::record(house)).unwrap_or_default();
    format!("{environment}\n{WHEELS}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wheel_is_pinned() {
        let lines = WHEELS.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let (_, version) = line.split_once("==").expect(line);
            assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{line}");
        }
    }

    #[test]
    fn an_empty_shelf_is_not_stocked() {
        assert!(!is_stocked(Path::new("/no/such/house")));
    }
}
