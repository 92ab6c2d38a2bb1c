//! The environments: a folder for each set of requirements.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::claim::Claim;
use super::home::home;
use super::kept::Kept;
use super::name::{digest, normal, readable, set_of};
use super::package::wheels_in;
use super::packages;
use super::scratch::{Scratch, create};
use super::wheel::{fetch, has_two_versions, run_pip};
use crate::python::interpreter::interpreter;

/// Where the environment of a set of requirements is, for this Python.
pub(crate) fn environment_of(requirements: &[String]) -> PathBuf {
    let interpreter = interpreter();
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
pub(crate) fn build(
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
        wheels = wheels_in(&fetch(requirements, &places, &scratch)?);
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
        run_pip(&arguments, &scratch)?.checked()?;
    }
    write_also(&made, &also)?;
    let name = environment_of(requirements);
    if activate(Kept::publish(&made, &name, force)?, claim)? {
        return Ok(());
    }
    // What was there needs others that are gone.
    if activate(Kept::publish(&made, &name, true)?, claim)? {
        Ok(())
    } else {
        Err("an environment that it needs was removed".to_owned())
    }
}

/// Lets Python see an environment and those that it needs; says whether all of
/// them are there.
pub(crate) fn activate(kept: Kept, claim: &Claim) -> Result<bool, String> {
    let others = others_of(&kept.folder);
    let mut all = vec![kept];
    for other in others {
        let Some(other) = Kept::hold(other) else {
            return Ok(false);
        };
        all.push(other);
    }
    packages::activate(all, claim)?;
    Ok(true)
}

/// Where the names of others are written.
const ALSO: &str = "gears-also.txt";

/// Returns the environments that an environment needs. They are in one place,
/// which may have been moved as a whole.
pub(crate) fn others_of(environment: &Path) -> Vec<PathBuf> {
    let names = fs::read_to_string(environment.join(ALSO)).unwrap_or_default();
    let names = names.lines().filter(|name| !name.trim().is_empty());
    names
        .map(|name| environment.with_file_name(name.trim()))
        .collect()
}

/// Notes the environments that have the rest of what this one needs.
pub(crate) fn write_also(environment: &Path, others: &[PathBuf]) -> Result<(), String> {
    if others.is_empty() {
        return Ok(());
    }
    let mut names = String::new();
    for name in others.iter().filter_map(|other| other.file_name()) {
        names.push_str(&name.to_string_lossy());
        names.push('\n');
    }
    let path = environment.join(ALSO);
    fs::write(&path, names)
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))
}
