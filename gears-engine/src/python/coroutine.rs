//! Callbacks that are coroutines.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::failure;
use crate::{engine, lock};

/// Returns what a callback returned, after awaiting it if it is a coroutine.
///
/// The coroutine runs on the engine's event loop. The worker's thread waits for
/// it without the GIL, and another one works in its place. Where the Redis lock is held nothing can be awaited, as the
/// loop could need that lock.
pub(crate) fn settled(result: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    // SAFETY: the pointer is a live object, whose type is compared.
    if unsafe { ffi::PyCoro_CheckExact(result.as_ptr()) } == 0 {
        return Ok(result);
    }
    if lock::is_held() {
        result.call_method0("close")?;
        return Err(failure::misuse("Creating async record is not allowed"));
    }
    let waiter = waiter(result.py())?;
    engine::get()
        .workers
        .waiting_for(|| waiter.call1((result,)))
}

fn waiter(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static WAITER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    WAITER
        .get_or_try_init(py, || {
            super::namespace::runtime(py)?
                .getattr("wait_for")
                .map(Bound::unbind)
        })
        .map(|waiter| waiter.bind(py))
}
