//! What the server keeps of a function.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gears_server::scripting::Subsystem;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::tally::{self, Tally};
use crate::requirement::Claim;
use crate::session::Session;

/// A source that was loaded, as long as one of its functions is there.
pub(super) struct Library {
    pub(super) session: Arc<Session>,
    /// The versions of packages that it was promised.
    pub(super) _claim: Option<Arc<Claim>>,
}

/// What is called.
pub(super) enum Callee {
    /// A callback that a library registered.
    Callback(Py<PyAny>),
    /// The function that is made anew for each call of a script, and the names that it finds.
    Script(Py<PyAny>, Py<PyDict>),
}

/// A function.
pub(super) struct Code {
    pub(super) callee: Callee,
    pub(super) library: Arc<Library>,
    /// What is counted of it; of scripts nothing is.
    tally: Option<Arc<Tally>>,
    /// How much memory it takes.
    size: usize,
    of: Subsystem,
}

/// How much memory all functions of a subsystem take.
static SIZES: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];

fn sizes(of: Subsystem) -> &'static AtomicUsize {
    &SIZES[usize::from(of == Subsystem::Function)]
}

/// Returns how much memory all functions of a subsystem take.
pub(super) fn size_of_all(of: Subsystem) -> usize {
    sizes(of).load(Ordering::Relaxed)
}

impl Code {
    pub(super) fn new(of: Subsystem, callee: Callee, library: &Arc<Library>, size: usize) -> Self {
        let size = size + std::mem::size_of::<Self>();
        sizes(of).fetch_add(size, Ordering::Relaxed);
        Self {
            callee,
            library: Arc::clone(library),
            tally: None,
            size,
            of,
        }
    }

    /// Has it counted by a name.
    pub(super) fn counted_as(mut self, name: &str) -> Self {
        self.tally = Some(tally::begin(name));
        self
    }

    /// Returns what is counted of it.
    pub(super) fn tally(&self) -> Option<&Tally> {
        self.tally.as_deref()
    }

    /// Returns how much memory it takes.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Notes that the server has it no more, though Python still has.
    pub(super) fn take_off(&mut self) {
        sizes(self.of).fetch_sub(std::mem::take(&mut self.size), Ordering::Relaxed);
        self.tally = None;
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.take_off();
    }
}
