//! `with atomic():` holds the Redis lock (spec section 2.2).

use std::thread::{self, ThreadId};

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::lock::Atomic;
use crate::python::failure;
use crate::thread::block;

/// The context manager that scripts get from `atomic()`.
///
/// It only knows which block it began: the lock belongs to the thread that
/// took it, and comes back whatever becomes of this object.
#[pyclass(name = "PyAtomic", module = "redisgears")]
#[derive(Default)]
pub(super) struct PyAtomic {
    began: Option<(u64, ThreadId)>,
}

#[pymethods]
impl PyAtomic {
    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        let number = block::begin(|| Atomic::begin(slf.py()))
            .ok_or_else(|| failure::misuse("Already inside an atomic block"))?;
        slf.borrow_mut().began = Some((number, thread::current().id()));
        Ok(slf)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&mut self, _exception: &Bound<'_, PyTuple>) -> PyResult<bool> {
        if self
            .began
            .is_some_and(|(_, thread)| thread != thread::current().id())
        {
            return Err(failure::misuse(
                "An atomic block is left on the thread that entered it",
            ));
        }
        self.leave();
        Ok(false)
    }
}

impl PyAtomic {
    fn leave(&mut self) {
        if let Some((number, _)) = self.began.take() {
            block::leave(number);
        }
    }
}

impl Drop for PyAtomic {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Makes the context manager.
#[pyfunction]
pub(super) fn atomic() -> PyAtomic {
    PyAtomic::default()
}

/// Ends the block that code left open which nothing else ends: what the event
/// loop and thread pools run.
#[pyfunction]
pub(super) fn end_atomic() {
    block::end_outside_scopes();
}
