//! The wheels of requirements: fetched with pip, and kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::home::home;
use super::kept::Kept;
use super::name::{check_name, digest, normal, readable};
use super::package::Imported;
use super::pip::{Output, pip};
use super::scratch::{Scratch, create};
use crate::config::config;
use crate::python::interpreter::interpreter;

/// Returns a requirement's wheels, fetched by any server that shares the folder
/// at any time, or now.
pub(crate) fn wheels_of(requirement: &str, force: bool) -> Result<Kept, String> {
    check_name(requirement)?;
    let name = folder_of(requirement);
    if !force && let Some(kept) = Kept::find(&name) {
        return Ok(kept);
    }
    let scratch = Scratch::new()?;
    let wheels = fetch(std::slice::from_ref(&requirement.to_owned()), &[], &scratch)?;
    Kept::publish(&wheels, &name, force)
}

pub(crate) fn keep_imported(imported: &Imported, replace: bool) -> Result<Kept, String> {
    check_name(&imported.name)?;
    let scratch = Scratch::new()?;
    let wheels = scratch.path().join("wheels");
    create(&wheels)?;
    for (name, content) in &imported.wheels {
        fs::write(wheels.join(name), content)
            .map_err(|error| format!("the wheel {name} cannot be written: {error}"))?;
    }
    Kept::publish(&wheels, &folder_of(&imported.name), replace)
}

pub(crate) fn run_pip(arguments: &[String], scratch: &Scratch) -> Result<Output, String> {
    let idle = config().install_max_idle();
    pip(&interpreter().executable, arguments, scratch, idle)
}

/// Fetches or builds the wheels of requirements and what they need.
pub(crate) fn fetch(
    requirements: &[String],
    places: &[PathBuf],
    scratch: &Scratch,
) -> Result<PathBuf, String> {
    let wheels = scratch.path().join("wheels");
    let mut arguments: Vec<_> = ["--verbose", "wheel", "--wheel-dir"]
        .map(str::to_owned)
        .into();
    arguments.push(wheels.to_string_lossy().into_owned());
    arguments.extend(config().pip_arguments());
    for place in places {
        arguments.push("--find-links".to_owned());
        arguments.push(place.to_string_lossy().into_owned());
    }
    if requirements.iter().any(|each| each.contains(" --hash=")) {
        // pip takes hashes only in files.
        let file = scratch.path().join("requirements.txt");
        fs::write(&file, requirements.join("\n"))
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
        arguments.push("--requirement".to_owned());
        arguments.push(file.to_string_lossy().into_owned());
    } else {
        arguments.extend_from_slice(requirements);
    }
    run_pip(&arguments, scratch)?.checked()?;
    Ok(wheels)
}

/// Where a requirement's wheels are kept: its name, and a number that tells
/// those apart that look alike.
pub(crate) fn folder_of(requirement: &str) -> PathBuf {
    let requirement = normal(requirement);
    let name = readable(&requirement);
    home().join("requirements").join(format!(
        "{name}_{:010x}",
        digest(&requirement) & 0xff_ffff_ffff
    ))
}

/// Says whether a package is there in several versions: the file's name begins
/// with the package's and the version.
pub(crate) fn has_two_versions(wheels: &[PathBuf]) -> bool {
    let mut versions = BTreeMap::new();
    wheels.iter().any(|wheel| {
        let file = wheel.file_name().unwrap_or_default().to_string_lossy();
        let mut parts = file.split('-');
        let name = normal(parts.next().unwrap_or_default());
        let version = parts.next().unwrap_or_default().to_owned();
        *versions.entry(name).or_insert_with(|| version.clone()) != version
    })
}
