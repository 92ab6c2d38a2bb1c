//! What the server keeps of a function.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gears_server::scripting::Subsystem;
use pyo3::prelude::*;
use pyo3::types::PyDict;

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
            size,
            of,
        }
    }

    /// Returns how much memory it takes.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Notes that the server has it no more, though Python still has.
    pub(super) fn take_off(&mut self) {
        sizes(self.of).fetch_sub(std::mem::take(&mut self.size), Ordering::Relaxed);
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.take_off();
    }
}
