//! Python packages that scripts ask for, installed with pip.
//!
//! They go into a virtual environment of the server's own, so the interpreter
//! that the module was built for is left as it was. The interpreter's packages
//! count as installed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use pyo3::prelude::*;

use crate::api::{LogLevel, log};
use crate::engine;

/// What RedisGears answers when pip fails; pip's message follows it here.
const FAILED: &str = "Could not satisfy requirements (look at redis log file for more information)";

/// The requirements of this server: literal strings, as RedisGears keeps them.
#[derive(Default)]
pub(crate) struct Requirements {
    installed: Mutex<BTreeSet<String>>,
    /// Held while pip runs: two pips in one environment spoil it.
    installing: Mutex<()>,
}

impl Requirements {
    /// Returns the requirements that were installed.
    pub(crate) fn all(&self) -> Vec<String> {
        lock(&self.installed).iter().cloned().collect()
    }

    /// Says whether all of these were installed before.
    pub(crate) fn are_installed(&self, requirements: &[String]) -> bool {
        let installed = lock(&self.installed);
        requirements
            .iter()
            .all(|requirement| installed.contains(requirement))
    }

    /// Installs what is missing. Takes long; holds neither Redis lock nor GIL.
    ///
    /// # Errors
    ///
    /// The text for the client, with what pip said.
    pub(crate) fn install(&self, requirements: &[String], force: bool) -> Result<(), String> {
        if !engine::get().config.allows_pip() {
            return Err(format!(
                "{FAILED}: installing is switched off on this server (PipInstall 0)"
            ));
        }
        let _one_at_a_time = self
            .installing
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for requirement in requirements {
            if !force && lock(&self.installed).contains(requirement) {
                continue;
            }
            log(
                LogLevel::Notice,
                &format!("installing the requirement {requirement}"),
            );
            install_one(requirement, force).map_err(|reason| {
                log(
                    LogLevel::Warning,
                    &format!("the requirement {requirement} cannot be installed: {reason}"),
                );
                format!("{FAILED}: {requirement}: {reason}")
            })?;
            lock(&self.installed).insert(requirement.clone());
        }
        Python::attach(|py| refresh_imports(py, &environment()))
            .map_err(|error| format!("{FAILED}: Python cannot look for the packages: {error}"))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The virtual environment for requirements.
fn environment() -> PathBuf {
    engine::get().config.installation_dir.clone()
}

fn install_one(requirement: &str, force: bool) -> Result<(), String> {
    // An argument of pip must not be taken for an option.
    if requirement.starts_with('-') || requirement.trim().is_empty() {
        return Err("it is not the name of a package".to_owned());
    }
    let python = &engine::get().interpreter.executable;
    // What the interpreter brings needs no network. Success alone is not enough:
    // pip can also take the package from a file.
    if !force {
        let have = pip(python, &["install", "--dry-run", "--no-index", requirement])?;
        let would_install = String::from_utf8_lossy(&have.stdout).contains("Would install");
        if have.status.success() && !would_install {
            return Ok(());
        }
    }
    let environment = environment();
    create_environment(python, &environment)?;
    let into = environment.join("bin/python3");
    let installed = pip(
        python,
        &[
            "--python",
            &into.to_string_lossy(),
            "install",
            "--no-warn-script-location",
            if force {
                "--force-reinstall"
            } else {
                "--upgrade-strategy=only-if-needed"
            },
            requirement,
        ],
    )?;
    if installed.status.success() {
        Ok(())
    } else {
        Err(complaint(&installed))
    }
}

fn create_environment(python: &str, environment: &Path) -> Result<(), String> {
    if environment.join("pyvenv.cfg").is_file() {
        return Ok(());
    }
    let made = run(Command::new(python)
        .args(["-m", "venv", "--without-pip"])
        .arg(environment))?;
    if made.status.success() {
        Ok(())
    } else {
        Err(format!(
            "the environment {} cannot be made: {}",
            environment.display(),
            complaint(&made)
        ))
    }
}

fn pip(python: &str, arguments: &[&str]) -> Result<Output, String> {
    run(Command::new(python)
        .args(["-m", "pip", "--no-input", "--disable-pip-version-check"])
        .args(arguments))
}

fn run(command: &mut Command) -> Result<Output, String> {
    command
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|error| format!("{} cannot be run: {error}", command.get_program().display()))
}

/// Picks pip's own errors out of what it printed.
fn complaint(output: &Output) -> String {
    let printed = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<_> = printed
        .lines()
        .filter(|line| line.starts_with("ERROR:"))
        .collect();
    if errors.is_empty() {
        let tail: Vec<_> = printed.lines().rev().take(5).collect();
        tail.into_iter().rev().collect::<Vec<_>>().join(" ")
    } else {
        errors.join(" ")
    }
}

/// Lets Python see what was installed.
fn refresh_imports(py: Python<'_>, environment: &Path) -> PyResult<()> {
    let sysconfig = py.import("sysconfig")?;
    let variables = pyo3::types::PyDict::new(py);
    variables.set_item("base", environment)?;
    variables.set_item("platbase", environment)?;
    for kind in ["purelib", "platlib"] {
        let folder: PathBuf = sysconfig
            .call_method1("get_path", (kind, "venv", &variables))?
            .extract()?;
        if folder.is_dir() {
            let path = py.import("sys")?.getattr("path")?;
            if !path.contains(&folder)? {
                // addsitedir reads .pth files; its place at the end of the path
                // lets a package of the interpreter win, as pip assumed.
                py.import("site")?.call_method1("addsitedir", (&folder,))?;
            }
        }
    }
    py.import("importlib")?.call_method0("invalidate_caches")?;
    Ok(())
}
