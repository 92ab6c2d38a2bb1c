//! `with atomic():` holds the Redis lock (spec section 2.2).

use std::cell::Cell;

use pyo3::prelude::*;

use super::failure;
use crate::lock::Atomic;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Says whether this thread is in an `atomic` block.
pub(super) fn is_inside() -> bool {
    INSIDE.get()
}

/// The context manager that scripts get from `atomic()`.
///
/// Not `Send`: the lock belongs to the thread that took it. Leaving the block
/// on another thread raises.
#[pyclass(name = "PyAtomic", module = "redisgears", unsendable)]
#[derive(Default)]
pub(super) struct PyAtomic {
    held: Option<Atomic>,
}

#[pymethods]
impl PyAtomic {
    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        if INSIDE.get() {
            return Err(failure::misuse("Already inside an atomic block"));
        }
        let held = Atomic::begin(slf.py());
        INSIDE.set(true);
        slf.borrow_mut().held = Some(held);
        Ok(slf)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&mut self, _exception: &Bound<'_, pyo3::types::PyTuple>) -> bool {
        self.leave();
        false
    }
}

impl PyAtomic {
    fn leave(&mut self) {
        if self.held.take().is_some() {
            INSIDE.set(false);
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
