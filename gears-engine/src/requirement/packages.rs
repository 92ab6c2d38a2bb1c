//! The packages of the Python that runs, as sessions claim them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use super::{Claim, Kept, Lock, give_up_idle, released};
use crate::ground::poison::unpoisoned;
use crate::python::packages::Packages;

static PACKAGES: Packages = Packages::new(released);

/// Asks once more when nobody needs any more what stood in the way.
fn ask<T>(mut work: impl FnMut(&Packages) -> Result<T, String>) -> Result<T, String> {
    work(&PACKAGES).or_else(|error| {
        if give_up_idle() {
            work(&PACKAGES)
        } else {
            Err(error)
        }
    })
}

/// Claims what Python has for these requirements, if somebody is to have it:
/// returns the environments that it is in, or nothing when something is missing.
///
/// # Errors
///
/// When another version is in use.
pub(crate) fn use_satisfied(
    requirements: &[String],
    claim: Option<&Claim>,
) -> Result<Option<Vec<PathBuf>>, String> {
    ask(|packages| packages.use_satisfied(requirements, claim.map(Claim::number)))
}

/// Chooses the wheels that an environment has to have, and the environments
/// that have the rest.
///
/// # Errors
///
/// When another version is in use, or a wheel is none.
pub(crate) fn choose(
    requirements: &[String],
    wheels: &[PathBuf],
    force: bool,
    claim: &Claim,
) -> Result<(Vec<PathBuf>, Vec<PathBuf>), String> {
    ask(|packages| packages.choose(requirements, wheels, force, claim.number()))
}

/// The environments on Python's path: none of them goes while it is there.
static ON_PATH: Mutex<BTreeMap<PathBuf, Lock>> = Mutex::new(BTreeMap::new());

/// Puts an environment, with those that it needs, on Python's path and claims it.
///
/// # Errors
///
/// When another version of one of its packages is in use.
pub(crate) fn activate(environments: Vec<Kept>, claim: &Claim) -> Result<(), String> {
    let folders: Vec<_> = environments
        .iter()
        .map(|kept| kept.folder.clone())
        .collect();
    let mut environments = Some(environments);
    ask(|packages| {
        packages.activate(&folders, claim.number(), |active| {
            note_path(active, environments.take().unwrap_or_default());
        })
    })
}

/// Takes off Python's path what no session needs and nothing was imported of.
///
/// # Errors
///
/// Python's own.
pub(crate) fn take_off_unused() -> Result<(), String> {
    ask(|packages| packages.take_off_unused(|active| note_path(active, Vec::new())))
}

/// Notes what is on the path.
fn note_path(active: &[PathBuf], added: Vec<Kept>) {
    let mut on_path = unpoisoned(ON_PATH.lock());
    on_path.extend(added.into_iter().map(|kept| (kept.folder, kept.lock)));
    on_path.retain(|folder, _| active.contains(folder));
}
