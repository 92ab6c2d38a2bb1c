//! What a callback may answer with instead of a value: a coroutine or a future.

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;

use super::coroutine::Stepper;
use super::future::GearsFuture;
use super::{Flow, Ticket};

/// The type of futures: looked at after each callback, so its address is kept
/// at hand. Null before the first script, when there are no futures.
static FUTURE: AtomicPtr<ffi::PyTypeObject> = AtomicPtr::new(ptr::null_mut());

/// Notes the type of futures.
pub(crate) fn know_futures(py: Python<'_>) {
    let futures = py.get_type::<GearsFuture>();
    FUTURE.store(futures.as_type_ptr(), Ordering::Relaxed);
}

/// Says whether a callback returned a value, rather than something that will
/// bring one.
pub(crate) fn is_value(result: &Bound<'_, PyAny>) -> bool {
    // SAFETY: the pointer is a live object, whose type is compared.
    unsafe {
        let kind = ffi::Py_TYPE(result.as_ptr());
        kind != FUTURE.load(Ordering::Relaxed) && kind != &raw mut ffi::PyCoro_Type
    }
}

/// A value that is not there yet.
pub(crate) enum Later<'a, 'py> {
    Coroutine(&'a Bound<'py, PyAny>),
    Future(&'a Bound<'py, GearsFuture>),
}

impl<'a, 'py> Later<'a, 'py> {
    /// Tells what a callback returned from a value.
    pub(crate) fn of(result: &'a Bound<'py, PyAny>) -> Option<Self> {
        // SAFETY: the pointer is a live object, whose type is compared.
        if unsafe { ffi::PyCoro_CheckExact(result.as_ptr()) } != 0 {
            return Some(Self::Coroutine(result));
        }
        result.cast_exact::<GearsFuture>().ok().map(Self::Future)
    }

    /// Gives it up, so that Python does not complain of a coroutine that
    /// nobody awaited.
    pub(crate) fn refuse(self) {
        if let Self::Coroutine(coroutine) = self {
            // A coroutine that has not begun has nothing to clean up.
            let _ = coroutine.call_method0("close");
        }
    }

    /// Has the value told to `flow` when it is there. A coroutine is returned
    /// and is to be started.
    ///
    /// # Errors
    ///
    /// When the future belongs to another callback.
    pub(crate) fn begin(
        self,
        py: Python<'py>,
        flow: Arc<Flow>,
        ticket: Ticket,
    ) -> PyResult<Option<Py<PyAny>>> {
        match self {
            Self::Coroutine(coroutine) => {
                let stepper = Stepper::of_record(coroutine, flow, ticket);
                Ok(Some(Py::new(py, stepper)?.into_any()))
            }
            Self::Future(future) => {
                future.get().returned(py, flow, ticket)?;
                Ok(None)
            }
        }
    }
}
