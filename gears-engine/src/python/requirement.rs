//! Python packages that scripts ask for, installed with pip.
//!
//! Their wheels are kept, so that they can be exported to other servers and
//! installed again without a network. They go into a virtual environment of the
//! server's own, so the interpreter that the module was built for is left as it
//! was. The interpreter's packages count as installed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;

use super::package::{Imported, Package, wheels_in};
use super::pip::{pip, run};
use crate::api::{LogLevel, log};
use crate::engine;

/// What RedisGears answers when pip fails; pip's message follows it here.
const FAILED: &str = "Could not satisfy requirements (look at redis log file for more information)";

/// The requirements of this server, by their literal strings as in RedisGears.
#[derive(Default)]
pub(crate) struct Requirements {
    installed: Mutex<BTreeMap<String, Package>>,
    /// Held while pip runs: two pips in one environment spoil it.
    installing: Mutex<()>,
}

impl Requirements {
    /// Returns the requirements that were installed.
    pub(crate) fn all(&self) -> Vec<Package> {
        lock(&self.installed).values().cloned().collect()
    }

    /// Finds an installed requirement.
    pub(crate) fn find(&self, requirement: &str) -> Option<Package> {
        lock(&self.installed).get(requirement).cloned()
    }

    /// Says whether all of these were installed before.
    pub(crate) fn are_installed(&self, requirements: &[String]) -> bool {
        let installed = lock(&self.installed);
        requirements
            .iter()
            .all(|requirement| installed.contains_key(requirement))
    }

    /// Installs what is missing. Takes long; holds neither Redis lock nor GIL.
    ///
    /// # Errors
    ///
    /// The text for the client, with what pip said.
    pub(crate) fn install(&self, requirements: &[String], force: bool) -> Result<(), String> {
        refuse_if_switched_off()?;
        let _one_at_a_time = lock(&self.installing);
        for requirement in requirements {
            if !force && self.find(requirement).is_some() {
                continue;
            }
            log(
                LogLevel::Notice,
                &format!("installing the requirement {requirement}"),
            );
            let package =
                install_one(requirement, force).map_err(|reason| failed(requirement, &reason))?;
            lock(&self.installed).insert(requirement.clone(), package);
        }
        see_packages()
    }

    /// Installs what another server exported; needs no network.
    ///
    /// # Errors
    ///
    /// As for [`install`](Self::install).
    pub(crate) fn import(&self, imported: &Imported) -> Result<(), String> {
        refuse_if_switched_off()?;
        let _one_at_a_time = lock(&self.installing);
        let name = &imported.name;
        let package = install_imported(imported).map_err(|reason| failed(name, &reason))?;
        lock(&self.installed).insert(name.clone(), package);
        see_packages()
    }

    /// Makes sure that a requirement's wheels are there: those of a package
    /// that Python brings were never fetched.
    ///
    /// # Errors
    ///
    /// As for [`install`](Self::install).
    pub(crate) fn with_wheels(&self, package: &Package) -> Result<Package, String> {
        if !package.wheels().is_empty() {
            return Ok(package.clone());
        }
        refuse_if_switched_off()?;
        let _one_at_a_time = lock(&self.installing);
        let name = &package.name;
        let folder = fetch(name).map_err(|reason| failed(name, &reason))?;
        let package = Package {
            name: name.clone(),
            folder,
        };
        lock(&self.installed).insert(name.clone(), package.clone());
        Ok(package)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refuse_if_switched_off() -> Result<(), String> {
    if engine::get().config.allows_pip() {
        Ok(())
    } else {
        Err(format!(
            "{FAILED}: installing is switched off on this server (PipInstall 0)"
        ))
    }
}

fn failed(requirement: &str, reason: &str) -> String {
    log(
        LogLevel::Warning,
        &format!("the requirement {requirement} cannot be installed: {reason}"),
    );
    format!("{FAILED}: {requirement}: {reason}")
}

/// The virtual environment for requirements.
fn environment() -> PathBuf {
    engine::get().config.installation_dir()
}

/// Where pip puts what it does not keep.
fn scratch() -> Result<PathBuf, String> {
    let folder = environment().join("requirements").join("scratch");
    // What an earlier life of the server left.
    let _ = fs::remove_dir_all(&folder);
    create(&folder)?;
    Ok(folder)
}

fn create(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder)
        .map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))
}

fn install_one(requirement: &str, force: bool) -> Result<Package, String> {
    check_name(requirement)?;
    if !force && python_has(requirement)? {
        return Ok(Package::without_wheels(requirement));
    }
    let kept = folder_of(requirement);
    let folder = if force || wheels_in(&kept).is_empty() {
        fetch(requirement)?
    } else {
        // Fetched by an earlier life of the server.
        kept
    };
    let package = Package {
        name: requirement.to_owned(),
        folder,
    };
    install_wheels(&package, force)?;
    Ok(package)
}

fn install_imported(imported: &Imported) -> Result<Package, String> {
    check_name(&imported.name)?;
    let scratch = scratch()?;
    for (name, content) in &imported.wheels {
        fs::write(scratch.join(name), content)
            .map_err(|error| format!("the wheel {name} cannot be written: {error}"))?;
    }
    let package = Package {
        name: imported.name.clone(),
        folder: keep(&scratch, &imported.name)?,
    };
    install_wheels(&package, true)?;
    Ok(package)
}

/// An argument of pip must not be taken for an option, nor bring a second line
/// into a requirements file.
fn check_name(requirement: &str) -> Result<(), String> {
    if requirement.starts_with('-')
        || requirement.trim().is_empty()
        || requirement.contains(['\n', '\r', '\0'])
    {
        return Err("it is not the name of a package".to_owned());
    }
    Ok(())
}

/// Success alone is not enough: pip can also take the package from a file.
fn python_has(requirement: &str) -> Result<bool, String> {
    let arguments = ["install", "--dry-run", "--no-index", requirement];
    let have = run_pip(&arguments.map(str::to_owned), &scratch()?)?;
    Ok(have.succeeded() && !have.says("Would install"))
}

fn run_pip(arguments: &[String], scratch: &Path) -> Result<super::pip::Output, String> {
    let engine = engine::get();
    let idle = engine.config.install_max_idle();
    pip(&engine.interpreter.executable, arguments, scratch, idle)
}

/// Fetches or builds the wheels of a requirement and what it needs.
fn fetch(requirement: &str) -> Result<PathBuf, String> {
    let scratch = scratch()?;
    let wheels = scratch.join("wheels");
    let mut arguments: Vec<_> = ["--verbose", "wheel", "--wheel-dir"]
        .map(str::to_owned)
        .into();
    arguments.push(wheels.to_string_lossy().into_owned());
    arguments.extend(engine::get().config.pip_arguments());
    if requirement.contains(" --hash=") {
        // pip takes hashes only in files.
        let file = scratch.join("requirements.txt");
        fs::write(&file, requirement)
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
        arguments.push("--requirement".to_owned());
        arguments.push(file.to_string_lossy().into_owned());
    } else {
        arguments.push(requirement.to_owned());
    }
    run_pip(&arguments, &scratch)?.checked()?;
    keep(&wheels, requirement)
}

/// Moves fetched wheels to where they stay; all at once, so that a folder with
/// wheels has all of them.
fn keep(wheels: &Path, requirement: &str) -> Result<PathBuf, String> {
    let folder = folder_of(requirement);
    let _ = fs::remove_dir_all(&folder);
    fs::rename(wheels, &folder)
        .map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    Ok(folder)
}

/// Where a requirement's wheels are kept: its name as far as it can be one of a
/// folder, and a number that tells those apart that look alike.
fn folder_of(requirement: &str) -> PathBuf {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._=<>~!-".contains(letter);
    let name: String = requirement
        .chars()
        .map(|letter| if allowed(letter) { letter } else { '_' })
        .take(80)
        .collect();
    let digest = requirement
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
            (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    environment()
        .join("requirements")
        .join(format!("{name}_{:010x}", digest & 0xff_ffff_ffff))
}

fn install_wheels(package: &Package, force: bool) -> Result<(), String> {
    let environment = environment();
    let scratch = scratch()?;
    create_environment(&environment, &scratch)?;
    let into = environment.join("bin/python3");
    let mut arguments: Vec<_> = [
        "--python",
        &into.to_string_lossy(),
        "install",
        "--no-index",
        "--no-deps",
        "--no-warn-script-location",
    ]
    .map(str::to_owned)
    .into();
    if force {
        arguments.push("--force-reinstall".to_owned());
    }
    let wheels = package.wheels();
    arguments.extend(
        wheels
            .iter()
            .map(|path| path.to_string_lossy().into_owned()),
    );
    run_pip(&arguments, &scratch)?.checked().map(drop)
}

fn create_environment(environment: &Path, scratch: &Path) -> Result<(), String> {
    if environment.join("pyvenv.cfg").is_file() {
        return Ok(());
    }
    let engine = engine::get();
    run(
        Command::new(&engine.interpreter.executable)
            .args(["-m", "venv", "--without-pip"])
            .arg(environment),
        scratch,
        engine.config.install_max_idle(),
    )?
    .checked()
    .map(drop)
    .map_err(|reason| {
        format!(
            "the environment {} cannot be made: {reason}",
            environment.display()
        )
    })
}

fn see_packages() -> Result<(), String> {
    Python::attach(|py| refresh_imports(py, &environment()))
        .map_err(|error| format!("{FAILED}: Python cannot look for the packages: {error}"))
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
