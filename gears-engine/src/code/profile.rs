//! Profiles of sessions, for `RG.PYPROFILE` (spec section 1.19).
//!
//! Each stretch of code gets a profiler of its own, as one may run on several
//! threads at once; what it found is added to its session's.

use std::sync::{Arc, Mutex, MutexGuard, Weak};

use gears_server::Refusal;
use pyo3::prelude::*;

use crate::config::config;
use crate::cpython::runtime::runtime;
use crate::ground::poison::unpoisoned;
use crate::lock::gil;
use crate::python::failure;
use crate::session::Session;

struct Profile {
    session: Weak<Session>,
    id: String,
    statistics: Py<PyAny>,
}

static PROFILES: Mutex<Vec<Profile>> = Mutex::new(Vec::new());

fn profiles() -> MutexGuard<'static, Vec<Profile>> {
    unpoisoned(PROFILES.lock())
}

/// Profiles code until it is dropped.
pub(crate) struct Profiling<'py> {
    profiler: Bound<'py, PyAny>,
    session: Arc<Session>,
}

/// Begins to profile the code of a session, where that is asked for.
pub(crate) fn begin<'py>(py: Python<'py>, session: &Arc<Session>) -> Option<Profiling<'py>> {
    if !config().profiles_executions() {
        return None;
    }
    let begun = runtime(py).and_then(|runtime| runtime.getattr("profile_begin")?.call0());
    match begun {
        // Someone else profiles already, and Python allows one at a time.
        Ok(profiler) if profiler.is_none() => None,
        Ok(profiler) => Some(Profiling {
            profiler,
            session: Arc::clone(session),
        }),
        Err(error) => {
            failure::log(py, "code cannot be profiled", &error);
            None
        }
    }
}

impl Drop for Profiling<'_> {
    fn drop(&mut self) {
        let py = self.profiler.py();
        let before = take(&self.session.id);
        let added = runtime(py).and_then(|runtime| {
            runtime
                .getattr("profile_end")?
                .call1((&self.profiler, before))
        });
        match added {
            Ok(statistics) => profiles().push(Profile {
                session: Arc::downgrade(&self.session),
                id: self.session.id.clone(),
                statistics: statistics.unbind(),
            }),
            Err(error) => failure::log(py, "a profile is lost", &error),
        }
    }
}

/// Takes a session's statistics away, and those of sessions that are gone.
fn take(id: &str) -> Option<Py<PyAny>> {
    let mut profiles = profiles();
    let (gone, mut kept): (Vec<_>, Vec<_>) = profiles
        .drain(..)
        .partition(|profile| profile.session.strong_count() == 0);
    let taken = kept
        .iter()
        .position(|profile| profile.id == id)
        .map(|place| kept.swap_remove(place).statistics);
    *profiles = kept;
    drop(profiles);
    // Only here, as their statistics are Python objects.
    drop(gone);
    taken
}

/// Prints what a session's code spent its time on.
///
/// # Errors
///
/// When Python cannot be had, or cannot print it.
pub(crate) fn print(id: &str) -> Result<String, Refusal> {
    gil::attach(|py| print_in(py, id).map_err(|error| failure::refusal(py, &error)))?
}

fn print_in(py: Python<'_>, id: &str) -> PyResult<String> {
    let statistics = profiles()
        .iter()
        .find(|profile| profile.id == id && profile.session.strong_count() > 0)
        .map(|profile| profile.statistics.clone_ref(py));
    runtime(py)?
        .getattr("profile_print")?
        .call1((statistics,))?
        .extract()
}

/// Forgets a session's profile.
///
/// # Errors
///
/// When Python cannot be had, whose objects are in it.
pub(crate) fn reset(id: &str) -> Result<(), Refusal> {
    gil::attach(|_| drop(take(id)))
}
