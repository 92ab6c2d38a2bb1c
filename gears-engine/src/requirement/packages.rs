//! What Python knows of packages: which are there, and which are in use.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::CStr;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use super::{Claim, Kept, Lock, give_up_idle, released};

static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

/// Asks once more when nobody needs any more what stood in the way.
fn ask<T>(work: impl Fn(&Bound<'_, PyModule>) -> PyResult<T>) -> Result<T, String> {
    ask_once(&work).or_else(|error| {
        if give_up_idle() {
            ask_once(&work)
        } else {
            Err(error)
        }
    })
}

fn ask_once<T>(work: impl Fn(&Bound<'_, PyModule>) -> PyResult<T>) -> Result<T, String> {
    Python::attach(|py| {
        let module = MODULE
            .get_or_try_init(py, || make(py).map(Bound::unbind))?
            .bind(py);
        module.getattr("release")?.call1((released(),))?;
        work(module)
    })
    .map_err(|error| Python::attach(|py| error.value(py).to_string()))
}

fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    const SOURCE: &str = concat!(include_str!("packages.py"), "\0");
    let source = CStr::from_bytes_with_nul(SOURCE.as_bytes()).unwrap_or(c"");
    PyModule::from_code(py, source, c"<gears engine>", c"gears_packages")
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
    ask(|module| {
        module
            .getattr("use_satisfied")?
            .call1((requirements, claim.map(Claim::number)))?
            .extract()
    })
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
    ask(|module| {
        module
            .getattr("choose")?
            .call1((requirements, wheels, force, claim.number()))?
            .extract()
    })
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
    let environments = Cell::new(environments);
    ask(|module| {
        module
            .getattr("activate")?
            .call1((&folders, claim.number()))?;
        note_path(module, environments.take())
    })
}

/// Takes off Python's path what no session needs and nothing was imported of.
///
/// # Errors
///
/// Python's own.
pub(crate) fn take_off_unused() -> Result<(), String> {
    ask(|module| {
        module.getattr("take_off_unused")?.call0()?;
        note_path(module, Vec::new())
    })
}

/// Notes what is on the path. Nothing else runs in Python meanwhile, so that
/// what is noted last is what was done last.
fn note_path(module: &Bound<'_, PyModule>, added: Vec<Kept>) -> PyResult<()> {
    let active = module.getattr("active")?;
    let active: Vec<PathBuf> = active
        .cast::<PyDict>()?
        .keys()
        .iter()
        .map(|folder| folder.extract())
        .collect::<PyResult<_>>()?;
    let mut on_path = ON_PATH.lock().unwrap_or_else(PoisonError::into_inner);
    on_path.extend(added.into_iter().map(|kept| (kept.folder, kept.lock)));
    on_path.retain(|folder, _| active.contains(folder));
    Ok(())
}
