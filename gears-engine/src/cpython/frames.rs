//! What all threads run, listed without harm.
//!
//! `sys._current_frames` makes an object for each frame that has none. In CPython 3.11 that may
//! collect garbage, whose finalizers let other threads go on, which leave the frame that is being
//! looked at: the process ends, or waits for ever (python/cpython gh-106883). So no garbage is
//! collected meanwhile, be it the engine that asks or a script.

#[cfg(Py_3_10)]
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::stand_in::StandIn;

/// Those that list what all threads run.
const LISTERS: [&str; 2] = ["_current_frames", "_current_exceptions"];

/// Puts functions that do no harm in the place of those that may.
///
/// # Errors
///
/// Python's own.
pub(crate) fn guard(py: Python<'_>) -> PyResult<()> {
    let sys = py.import("sys")?;
    for name in LISTERS {
        // Older Pythons have only one of them.
        if let Some(original) = sys.getattr_opt(name)? {
            let original = StandIn::new(original.unbind());
            let lister = PyClassInitializer::from(original).add_subclass(Lister);
            sys.setattr(name, Bound::new(py, lister)?)?;
        }
    }
    Ok(())
}

/// Stands in the place of a function of `sys` that lists what all threads run.
#[pyclass(frozen, extends = StandIn, module = "sys")]
struct Lister;

#[pymethods]
impl Lister {
    #[pyo3(signature = (*arguments, **options))]
    fn __call__<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let _kept = Garbage::keep(py);
        slf.as_super().get().original(py).call(arguments, options)
    }
}

/// Keeps garbage from being collected, until dropped. The GIL stays with this thread meanwhile,
/// so that nobody sees the difference.
struct Garbage {
    was_collected: bool,
}

impl Garbage {
    fn keep(_: Python<'_>) -> Self {
        #[cfg(Py_3_10)]
        // SAFETY: this thread is attached to Python.
        let was_collected = unsafe { ffi::PyGC_Disable() } != 0;
        // Before 3.11 there are no frames without objects.
        #[cfg(not(Py_3_10))]
        let was_collected = false;
        Self { was_collected }
    }
}

impl Drop for Garbage {
    fn drop(&mut self) {
        if self.was_collected {
            #[cfg(Py_3_10)]
            // SAFETY: the thread is attached still, as when this was made.
            unsafe {
                ffi::PyGC_Enable();
            }
        }
    }
}
