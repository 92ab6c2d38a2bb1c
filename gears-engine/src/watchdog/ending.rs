//! How code is ended: an exception that comes back at every line.

use std::cell::Cell;
use std::os::raw::c_int;
use std::ptr;

use gears_server::boundary;
use pyo3::exceptions::PyBaseException;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};

use super::slot::{Stop, mine};
use crate::cpython::runtime::runtime;
use crate::cpython::spared;
use crate::thread::block;

/// What clients are told of a function that was ended at its deadline.
pub(crate) const OVERDUE: &str = "the function ran longer than its deadline allows";

/// What clients are told of a function that was ended for its small objects.
const TOO_MUCH_MEMORY: &str = "Python uses more memory than PythonMemoryLimit allows";

thread_local! {
    /// Whether every line that this thread runs raises.
    static INSISTING: Cell<bool> = const { Cell::new(false) };
}

/// Ends code by force. Deriving from `BaseException`, few handlers catch it.
///
/// It is made in the thread that has to end, by C code alone: were a line of
/// Python run for it, that line would raise it again.
#[pyclass(extends = PyBaseException, name = "forcestopped", module = "gears")]
pub(crate) struct ForceStopped(Stop);

#[pymethods]
impl ForceStopped {
    #[new]
    #[pyo3(signature = (*_arguments))]
    fn new(_arguments: &Bound<'_, PyTuple>) -> Self {
        Self(insist())
    }

    fn __str__(&self) -> &'static str {
        self.words()
    }
}

impl ForceStopped {
    /// Says why the code was ended, without Python, which may have no memory left to say it.
    pub(crate) fn words(&self) -> &'static str {
        match self.0 {
            Stop::Deadline => OVERDUE,
            Stop::Memory => TOO_MUCH_MEMORY,
            Stop::None | Stop::Aborted | Stop::Settled => "",
        }
    }

    /// Says whether the time of the code was up.
    pub(crate) fn is_of_deadline(&self) -> bool {
        self.0 == Stop::Deadline
    }
}

/// Returns the exception class that ends code by force.
pub(crate) fn force_stopped(py: Python<'_>) -> Bound<'_, PyType> {
    py.get_type::<ForceStopped>()
}

/// Makes every further line of the code raise, and says why it has to end.
///
/// Called in the code's own thread, while its exception is being made.
fn insist() -> Stop {
    let stop = mine(|slot| slot.stop()).unwrap_or(Stop::None);
    if !stop.ends() {
        return stop;
    }
    if !INSISTING.replace(true) {
        // SAFETY: this thread is attached to Python; the function lives as
        // long as the module and `settle` takes it back.
        unsafe { ffi::PyEval_SetTrace(Some(raise_again), ptr::null_mut()) };
    }
    stop
}

extern "C" fn raise_again(
    _: *mut ffi::PyObject,
    frame: *mut ffi::PyFrameObject,
    event: c_int,
    _: *mut ffi::PyObject,
) -> c_int {
    if event != ffi::PyTrace_LINE {
        return 0;
    }
    // SAFETY: CPython calls trace functions with the GIL held, and with a frame
    // that lives meanwhile.
    let (py, frame) = unsafe {
        let py = Python::assume_attached();
        (py, Bound::from_borrowed_ptr(py, frame.cast()))
    };
    if boundary::shield(|| spared::is_spared(&frame)).unwrap_or(false) {
        return 0;
    }
    // Code that has to end only because of its block raises here for the last
    // time, and goes on without the block if it likes: the event loop does.
    block::end_outside_scopes();
    let raised = boundary::shield(|| {
        let exception = force_stopped(py);
        // SAFETY: the type is a live exception class.
        unsafe { ffi::PyErr_SetNone(exception.as_ptr()) };
    });
    if raised.is_ok() { -1 } else { 0 }
}

/// Notes that the stopped code has ended: nothing is raised any more.
///
/// Called on the attached thread that ran the code, before more Python runs.
pub(crate) fn settle() {
    mine(|slot| {
        if slot.stop() == Stop::None {
            return;
        }
        slot.set_stop(Stop::Settled);
        if INSISTING.replace(false) {
            // SAFETY: this thread is attached to Python; the call takes back
            // what `insist` did to it.
            unsafe { ffi::PyEval_SetTrace(None, ptr::null_mut()) };
        }
        // SAFETY: the caller's thread is attached.
        swallow(unsafe { Python::assume_attached() });
    });
}

/// Lets an exception that the watchdog has raised, and that has not come up
/// yet, come up here. It cannot be taken back instead: CPython 3.11 then looks
/// for it at every call and loop from there on, and for ever where a profiler
/// is at work.
pub(super) fn swallow(py: Python<'_>) {
    static NOTHING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let nothing =
        NOTHING.get_or_try_init(py, || runtime(py)?.getattr("nothing").map(Bound::unbind));
    if let Ok(nothing) = nothing {
        // What it raises is what has to go.
        let _ = nothing.call0(py);
    }
}
