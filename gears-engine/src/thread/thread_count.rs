//! How many threads Python code has started, and may start.

use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::config::config;

/// How many of these threads there are.
static LIVING: AtomicUsize = AtomicUsize::new(0);

/// How many there are not, because there were too many.
static REFUSED: AtomicUsize = AtomicUsize::new(0);

/// Returns how many threads there are that Python code started.
pub(crate) fn living() -> usize {
    LIVING.load(Ordering::Relaxed)
}

/// Returns how many threads Python code could not start because there were too many.
pub(crate) fn refused() -> usize {
    REFUSED.load(Ordering::Relaxed)
}

/// One of these threads.
pub(crate) struct Counted;

impl Counted {
    /// Counts one more, which there may be no room for. The GIL is held, so nobody
    /// else counts meanwhile.
    pub(crate) fn try_new(_: Python<'_>) -> PyResult<Self> {
        let (living, most) = (living(), config().python_threads());
        if living >= most {
            REFUSED.fetch_add(1, Ordering::Relaxed);
            return Err(PyRuntimeError::new_err(format!(
                "can't start new thread: the server has {living} threads of scripts, and \
                 PythonThreads allows {most}; end threads that wait, share a pool, or raise \
                 the setting"
            )));
        }
        LIVING.fetch_add(1, Ordering::Relaxed);
        Ok(Self)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        LIVING.fetch_sub(1, Ordering::Relaxed);
    }
}
