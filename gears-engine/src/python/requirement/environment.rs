//! The environments: a folder for each set of requirements.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::claim::Claim;
use super::home;
use super::name::{digest, normal, readable, set_of};
use super::scratch::{Scratch, create, put_in_place};
use super::wheel::{fetch, has_two_versions, run_pip};
use crate::engine;
use crate::python::package::wheels_in;
use crate::python::packages;

/// Where the environment of a set of requirements is, for this Python.
pub(super) fn environment_of(requirements: &[String]) -> PathBuf {
    let interpreter = &engine::get().interpreter;
    let version = interpreter.version.split_whitespace().next().unwrap_or("");
    let asked = format!(
        "{}\n{version}\n{}",
        set_of(requirements),
        interpreter.executable
    );
    let name = if let [only] = requirements {
        readable(&normal(only))
    } else {
        format!("{}_packages", requirements.len())
    };
    home()
        .join("environments")
        .join(format!("{name}_{version}_{:016x}", digest(&asked)))
}

/// Makes the environment of a set of requirements and lets Python see it.
pub(super) fn build(
    requirements: &[String],
    mut wheels: Vec<PathBuf>,
    force: bool,
    claim: &Claim,
) -> Result<(), String> {
    let scratch = Scratch::new()?;
    if has_two_versions(&wheels) {
        // Each was looked at alone; together they need other versions, or none do.
        let places: BTreeSet<_> = wheels.iter().filter_map(|wheel| wheel.parent()).collect();
        let places: Vec<_> = places.into_iter().map(Path::to_owned).collect();
        wheels = wheels_in(&fetch(requirements, &places, scratch.path())?);
    }
    wheels.sort();
    wheels.dedup_by(|one, other| one.file_name() == other.file_name());
    let (chosen, also) = packages::choose(requirements, &wheels, force, claim)?;
    let made = scratch.path().join("environment");
    create(&made)?;
    if !chosen.is_empty() {
        let mut arguments: Vec<_> = ["install", "--no-index", "--no-deps", "--target"]
            .map(str::to_owned)
            .into();
        arguments.push(made.to_string_lossy().into_owned());
        arguments.extend(
            chosen
                .iter()
                .map(|path| path.to_string_lossy().into_owned()),
        );
        run_pip(&arguments, scratch.path())?.checked()?;
    }
    write_also(&made, &also)?;
    let environment = environment_of(requirements);
    put_in_place(&made, &environment, force)?;
    if packages::activate(&environment, claim)? {
        return Ok(());
    }
    // What was there needs others that are gone.
    put_in_place(&made, &environment, true)?;
    if packages::activate(&environment, claim)? {
        Ok(())
    } else {
        Err("an environment that it needs was removed".to_owned())
    }
}

/// Notes the environments that have the rest of what this one needs.
pub(super) fn write_also(environment: &Path, others: &[PathBuf]) -> Result<(), String> {
    if others.is_empty() {
        return Ok(());
    }
    let mut names = String::new();
    for name in others.iter().filter_map(|other| other.file_name()) {
        names.push_str(&name.to_string_lossy());
        names.push('\n');
    }
    let path = environment.join("gears-also.txt");
    fs::write(&path, names)
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))
}
