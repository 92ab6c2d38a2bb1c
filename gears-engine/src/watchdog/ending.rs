//! How code is ended: an exception that comes back at every line.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::exceptions::PyBaseException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};

use super::slot::{Lines, Slot, Stop, live_slots, mine};
use crate::cpython::runtime::runtime;
use crate::cpython::{line, spared};
use crate::thread::block;

/// What clients are told of a function that was ended at its deadline.
pub(crate) const OVERDUE: &str = "the function ran longer than its deadline allows";

/// What clients are told of a function that was ended for its small objects.
const TOO_MUCH_MEMORY: &str = "Python uses more memory than PythonMemoryLimit allows";

/// How long code has from its first line on to give back what it holds, before lines raise at
/// which it does so.
const TIME: Duration = Duration::from_millis(500);

thread_local! {
    /// When the first of the lines came that raise.
    static FIRST_LINE: Cell<Option<Instant>> = const { Cell::new(None) };
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
    #[pyo3(signature = (*arguments))]
    fn new(arguments: &Bound<'_, PyTuple>) -> Self {
        Self(insist(arguments.py()))
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
fn insist(py: Python<'_>) -> Stop {
    mine(|slot| {
        let stop = slot.stop();
        if stop.ends() {
            slot.note_line(Lines::Come);
            line::begin_here(py);
        }
        stop
    })
    .unwrap_or(Stop::None)
}

/// Asks all threads to look at their lines, as long as the code of any has to end.
pub(super) fn ask_to_look(py: Python<'_>, slots: &[Arc<Slot>]) {
    line::ask(py, slots.iter().any(|slot| slot.has_to_end()));
}

/// Raises at the line that this thread is about to run, if its code has to end.
pub(crate) fn end_at_line(frame: &Bound<'_, PyAny>) -> PyResult<()> {
    if mine(|slot| slot.has_to_end()) != Some(true) {
        return Ok(());
    }
    let first_line = FIRST_LINE.get().unwrap_or_else(Instant::now);
    FIRST_LINE.set(Some(first_line));
    let has_time = first_line.elapsed() < TIME;
    let is_spared = spared::is_spared(frame, has_time);
    mine(|slot| {
        slot.note_line(match is_spared && !has_time {
            true => Lines::Spared,
            false => Lines::Come,
        });
    });
    if is_spared {
        return Ok(());
    }
    // Code that has to end only because of its block raises here for the last
    // time, and goes on without the block if it likes: the event loop does.
    block::end_outside_scopes();
    Err(PyErr::from_type(force_stopped(frame.py()), ()))
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
        FIRST_LINE.set(None);
        // SAFETY: the caller's thread is attached.
        let py = unsafe { Python::assume_attached() };
        if slot.end_lines() {
            line::end_here(py);
        }
        ask_to_look(py, &live_slots());
        swallow(py);
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
