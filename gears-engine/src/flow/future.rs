//! `gearsFuture`: a record whose value another thread brings (spec section 2.2).

use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, ThreadId};

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};

use super::{Flow, Landing, Ticket};
use crate::ground::poison::unpoisoned;
use crate::lock::gil;
use crate::python::failure;
use crate::python::inside::{Inside, NOT_ALLOWED};

const NOT_RETURNED: &str = "Can not handle future untill it returned from the callback";
const TWICE: &str = "Can not continue with the same future twice";

/// The future of one record.
#[pyclass(name = "PyFuture", module = "redisgears", frozen)]
pub(crate) struct GearsFuture(Mutex<State>);

enum State {
    /// Its callback has not returned it; the thread is the callback's.
    Made(ThreadId),
    /// Another thread was faster than the callback's `return`.
    Early(Landing),
    Returned(Arc<Flow>, Ticket),
    Continued,
}

/// Makes the future of the record that the running callback is about.
#[pyfunction(name = "gearsFuture")]
#[pyo3(signature = (*arguments))]
pub(crate) fn gears_future(arguments: &Bound<'_, PyTuple>) -> PyResult<GearsFuture> {
    if !arguments.is_empty() {
        return Err(failure::misuse("Future gets no arguments"));
    }
    match Inside::now() {
        Inside::Other => Err(failure::misuse(
            "Future object can only be created inside certain execution steps",
        )),
        Inside::Extractor => Err(failure::misuse("Step does not support async")),
        Inside::StepThatMayNotWait => Err(failure::misuse(NOT_ALLOWED)),
        Inside::Step if Inside::make_future() => {
            Ok(GearsFuture(Mutex::new(State::Made(thread::current().id()))))
        }
        Inside::Step => Err(failure::misuse(
            "Can not create async record twice on the same step",
        )),
    }
}

#[pymethods]
impl GearsFuture {
    /// The value of an early future may hold the future.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Whoever has the lock is attached to Python as the collector is, so
        // nobody has it but a frame below, whose future is in use.
        match self.0.try_lock().as_deref() {
            Ok(State::Early(Ok(value))) => visit.call(value),
            _ => Ok(()),
        }
    }

    fn __clear__(&self) {
        let mut state = self.state();
        if matches!(*state, State::Early(_)) {
            let early = std::mem::replace(&mut *state, State::Continued);
            drop(state);
            drop(early);
        }
    }

    /// Goes on with a value.
    #[pyo3(name = "continueRun")]
    fn continue_run(&self, py: Python<'_>, value: Py<PyAny>) -> PyResult<()> {
        self.go_on(py, Ok(value))
    }

    /// Goes on with an error, whose text is the value's.
    #[pyo3(name = "continueFailed")]
    fn continue_failed(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let text = failure::text_of_value(value)?;
        self.go_on(py, Err(text.into()))
    }

    /// The name that the Python package `redgrease` uses.
    #[pyo3(name = "continueFail")]
    fn continue_fail(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.continue_failed(py, value)
    }
}

impl GearsFuture {
    fn go_on(&self, py: Python<'_>, landing: Landing) -> PyResult<()> {
        let mut state = self.state();
        match &*state {
            State::Made(thread) if *thread == thread::current().id() => {
                Err(failure::misuse(NOT_RETURNED))
            }
            State::Made(_) => {
                *state = State::Early(landing);
                Ok(())
            }
            State::Early(_) | State::Continued => Err(failure::misuse(TWICE)),
            State::Returned(flow, ticket) => {
                let (flow, ticket) = (Arc::clone(flow), *ticket);
                *state = State::Continued;
                drop(state);
                flow.land(py, ticket, landing);
                Ok(())
            }
        }
    }

    /// Notes that the callback returned the future.
    ///
    /// # Errors
    ///
    /// When it was returned before.
    pub(crate) fn returned(&self, py: Python<'_>, flow: Arc<Flow>, ticket: Ticket) -> PyResult<()> {
        let mut state = self.state();
        match std::mem::replace(&mut *state, State::Continued) {
            State::Made(_) => {
                *state = State::Returned(flow, ticket);
                Ok(())
            }
            State::Early(landing) => {
                drop(state);
                flow.land(py, ticket, landing);
                Ok(())
            }
            State::Continued => Err(failure::misuse(TWICE)),
            before @ State::Returned(..) => {
                *state = before;
                Err(failure::misuse(
                    "the future belongs to a record of another callback",
                ))
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.0.lock())
    }
}

impl Drop for GearsFuture {
    /// A future that nobody has any more cannot be continued: its execution
    /// must not wait for ever.
    fn drop(&mut self) {
        let state = unpoisoned(self.0.get_mut());
        if let State::Returned(flow, ticket) = std::mem::replace(state, State::Continued) {
            gil::attach_now(|py| {
                let text = "the future was dropped before anybody continued it";
                flow.land(py, ticket, Err(text.into()));
            });
        }
    }
}
