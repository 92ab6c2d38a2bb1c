//! What Python knows of packages: which are there, and which are in use.
//!
//! Who is promised versions is a holder, which has a number.

use std::ffi::CStr;
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use crate::lock::gil;

static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

/// The packages of the Python that runs.
pub(crate) struct Packages {
    /// Returns the holders that are gone since it was asked last.
    released: fn() -> Vec<u64>,
}

impl Packages {
    /// Makes one that hears of holders that are gone from `released`.
    pub(crate) const fn new(released: fn() -> Vec<u64>) -> Self {
        Self { released }
    }

    /// Promises what Python has for these requirements, if somebody is to hold it:
    /// returns the environments that it is in, or nothing when something is missing.
    ///
    /// # Errors
    ///
    /// When another version is in use.
    pub(crate) fn use_satisfied(
        &self,
        requirements: &[String],
        holder: Option<u64>,
    ) -> Result<Option<Vec<PathBuf>>, String> {
        self.ask(|module| {
            module
                .getattr("use_satisfied")?
                .call1((requirements, holder))?
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
        &self,
        requirements: &[String],
        wheels: &[PathBuf],
        force: bool,
        holder: u64,
    ) -> Result<(Vec<PathBuf>, Vec<PathBuf>), String> {
        self.ask(|module| {
            module
                .getattr("choose")?
                .call1((requirements, wheels, force, holder))?
                .extract()
        })
    }

    /// Puts environments on Python's path for a holder, and tells `note` all that
    /// are on it then. Nothing else runs in Python meanwhile, so that what is
    /// noted last is what was done last.
    ///
    /// # Errors
    ///
    /// When another version of one of their packages is in use.
    pub(crate) fn activate(
        &self,
        folders: &[PathBuf],
        holder: u64,
        note: impl FnOnce(&[PathBuf]),
    ) -> Result<(), String> {
        self.ask(|module| {
            module.getattr("activate")?.call1((folders, holder))?;
            note(&on_path(module)?);
            Ok(())
        })
    }

    /// Takes off Python's path what no holder needs and nothing was imported of,
    /// and tells `note` what is still on it, as [`activate`](Self::activate) does.
    ///
    /// # Errors
    ///
    /// Python's own.
    pub(crate) fn take_off_unused(&self, note: impl FnOnce(&[PathBuf])) -> Result<(), String> {
        self.ask(|module| {
            module.getattr("take_off_unused")?.call0()?;
            note(&on_path(module)?);
            Ok(())
        })
    }

    fn ask<T>(&self, work: impl FnOnce(&Bound<'_, PyModule>) -> PyResult<T>) -> Result<T, String> {
        gil::attach_now(|py| {
            let module = MODULE
                .get_or_try_init(py, || make(py).map(Bound::unbind))?
                .bind(py);
            module.getattr("release")?.call1(((self.released)(),))?;
            work(module)
        })
        .map_err(|error| gil::attach_now(|py| error.value(py).to_string()))
    }
}

fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    const SOURCE: &str = concat!(include_str!("packages.py"), "\0");
    let source = CStr::from_bytes_with_nul(SOURCE.as_bytes()).unwrap_or(c"");
    PyModule::from_code(py, source, c"<gears engine>", c"gears_packages")
}

fn on_path(module: &Bound<'_, PyModule>) -> PyResult<Vec<PathBuf>> {
    module
        .getattr("active")?
        .cast::<PyDict>()?
        .keys()
        .iter()
        .map(|folder| folder.extract())
        .collect()
}
