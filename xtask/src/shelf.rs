//! Keeps the Python packages that tests use and the engine's environment has not.
//!
//! They are not in the environment: tests show that a server brings them in, and that clients
//! bring what they need themselves; both do so without a network.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::process;
use crate::venv;

/// How packages are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    /// As their makers built them.
    Downloaded,
    /// As wheels, built here where their makers built none for this Python.
    Built,
    /// Ready to be imported.
    Installed,
}

/// Packages in a folder of their own.
#[derive(Clone, Copy, Debug)]
struct Shelf {
    name: &'static str,
    /// The packages, with their versions.
    pins: &'static str,
    form: Form,
    /// What they are and how long that takes, for people.
    label: &'static str,
}

const SHELVES: [Shelf; 6] = [
    Shelf {
        name: "wheels",
        pins: include_str!("../wheels.txt"),
        form: Form::Downloaded,
        label: "downloading numpy for tests (about 17 MB), about 5 s",
    },
    Shelf {
        name: "rgsync",
        pins: include_str!("../rgsync.txt"),
        form: Form::Built,
        label: "downloading and building rgsync for tests (about 7 MB), about 10 s",
    },
    Shelf {
        name: "redgrease",
        pins: include_str!("../redgrease.txt"),
        form: Form::Installed,
        label: "downloading RedGrease's client for tests (about 1 MB), about 5 s",
    },
    Shelf {
        name: "packer",
        pins: include_str!("../packer.txt"),
        form: Form::Installed,
        label: "downloading what packs the engine (about 1 MB), about 5 s",
    },
    Shelf {
        name: "package",
        pins: include_str!("../package.txt"),
        form: Form::Downloaded,
        label: "downloading what the engine's package asks for (about 1 MB), about 2 s",
    },
    Shelf {
        name: "prometheus",
        pins: include_str!("../prometheus.txt"),
        form: Form::Installed,
        label: "downloading Prometheus' client for tests (about 1 MB), about 2 s",
    },
];

impl Shelf {
    fn folder(&self, house: &Path) -> PathBuf {
        house.join(self.name)
    }

    fn is_stocked(&self, house: &Path) -> bool {
        fs::read_to_string(self.folder(house).join("made-for"))
            .is_ok_and(|made_for| made_for == self.wanted(house))
    }

    /// What the packages are for: the environment's interpreter, and the list.
    fn wanted(&self, house: &Path) -> String {
        let environment = fs::read_to_string(venv::record(house)).unwrap_or_default();
        format!("{environment}\n{}", self.pins)
    }

    fn stock(&self, house: &Path) -> Result {
        if self.is_stocked(house) {
            return Ok(());
        }
        eprintln!("set-up: {} …", self.label);
        let folder = self.folder(house);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let list = folder.join(format!("{}.txt", self.name));
        fs::write(&list, self.pins)?;
        let words: &[&str] = match self.form {
            Form::Downloaded => &["download", "--only-binary=:all:", "--dest"],
            // In an environment of its own: Debian's pip builds otherwise with what is there, where nothing is.
            Form::Built => &["wheel", "--use-pep517", "--wheel-dir"],
            Form::Installed => &["install", "--target"],
        };
        process::capture(
            venv::pip(house)
                .args(words)
                .arg(&folder)
                .args(["--quiet", "--no-deps", "--requirement"])
                .arg(&list)
                // Without what is fast in C, SQLAlchemy needs no compiler.
                .env("DISABLE_SQLALCHEMY_CEXT", "1"),
        )?;
        fs::write(folder.join("made-for"), self.wanted(house))?;
        Ok(())
    }
}

/// Tells whether everything is there, for the environment as it is.
pub(crate) fn is_stocked(house: &Path) -> bool {
    SHELVES.iter().all(|shelf| shelf.is_stocked(house))
}

/// Brings what is missing, after saying so. The environment must have been made.
pub(crate) fn stock(house: &Path) -> Result {
    SHELVES.iter().try_for_each(|shelf| shelf.stock(house))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned() {
        for shelf in SHELVES {
            let lines = shelf.pins.lines().filter(|line| !line.starts_with('#'));
            for line in lines {
                let (_, version) = line.split_once("==").expect(line);
                assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{line}");
            }
        }
    }

    #[test]
    fn the_package_asks_for_what_the_environment_has() {
        let metadata = include_str!("../../gears-engine/wheel/pyproject.toml");
        let wanted: Vec<_> = include_str!("../package.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        for line in &wanted {
            assert!(venv::PINS.lines().any(|pin| pin == *line), "{line}");
        }
        for name in ["redis", "cloudpickle"] {
            let pin = wanted.iter().find_map(|line| line.strip_prefix(name));
            let version = pin.unwrap().trim_start_matches("==");
            let least = format!("\"{name}>={version},<");
            assert!(metadata.contains(&least), "{least}");
        }
    }

    #[test]
    fn empty_shelves_are_not_stocked() {
        assert!(!is_stocked(Path::new("/no/such/house")));
    }
}
