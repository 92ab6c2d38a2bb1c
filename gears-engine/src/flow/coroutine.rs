//! Coroutines, on the engine's event loop.
//!
//! The loop steps a coroutine through [`Stepper`], so that each step is watched
//! as other code is, knows its session, and tells what came of the coroutine.

use std::sync::Arc;

use pyo3::exceptions::{PyException, PyStopIteration};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};

use super::{Flow, Landing, Ticket};
use crate::code::{Code, owner, permissions, profile};
use crate::cpython::runtime::runtime;
use crate::lock::gil;
use crate::python::failure;
use crate::session::user::User;
use crate::session::{Session, current};
use crate::thread::block;

/// A coroutine as the event loop sees it.
#[pyclass(name = "GearsCoroutine", module = "redisgears")]
pub(crate) struct Stepper {
    /// `None` when it has ended.
    coroutine: Option<Py<PyAny>>,
    receiver: Receiver,
    session: Option<Arc<Session>>,
    /// Whose permissions it has.
    user: User,
    /// The loop's task for it, which holds it in turn; `None` when it has ended.
    #[pyo3(get, set)]
    task: Option<Py<PyAny>>,
}

/// Who wants to know what came of a coroutine.
enum Receiver {
    Nobody,
    Record(Arc<Flow>, Ticket),
    /// A future of either kind.
    Future(Py<PyAny>),
}

impl Stepper {
    /// Wraps the coroutine that a step's callback returned.
    pub(crate) fn of_record(coroutine: &Bound<'_, PyAny>, flow: Arc<Flow>, ticket: Ticket) -> Self {
        Self {
            coroutine: Some(coroutine.clone().unbind()),
            session: Some(Arc::clone(flow.session())),
            receiver: Receiver::Record(flow, ticket),
            user: permissions::remembered(coroutine.py()),
            task: None,
        }
    }

    fn flow(&self) -> Option<&Arc<Flow>> {
        match &self.receiver {
            Receiver::Record(flow, _) => Some(flow),
            _ => None,
        }
    }
}

/// Wraps a coroutine for `runCoroutine`.
#[pyfunction]
#[pyo3(signature = (coroutine, future, session))]
pub(crate) fn step_by_step(
    py: Python<'_>,
    coroutine: Py<PyAny>,
    future: Option<Py<PyAny>>,
    session: Option<Bound<'_, owner::ExecutionSession>>,
) -> Stepper {
    Stepper {
        coroutine: Some(coroutine),
        receiver: future.map_or(Receiver::Nobody, Receiver::Future),
        session: session.map_or_else(current::current, |session| Some(session.get().session())),
        user: permissions::remembered(py),
        task: None,
    }
}

/// Has the event loop start coroutines.
pub(crate) fn start(py: Python<'_>, steppers: Vec<Py<PyAny>>) -> PyResult<()> {
    runtime(py)?
        .getattr("start_coroutines")?
        .call1((steppers,))
        .map(|_| ())
}

/// Has the event loop cancel coroutines.
pub(crate) fn cancel(py: Python<'_>, steppers: Vec<Py<PyAny>>) -> PyResult<()> {
    runtime(py)?
        .getattr("cancel_coroutines")?
        .call1((steppers,))
        .map(|_| ())
}

#[pymethods]
impl Stepper {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.coroutine)?;
        visit.call(&self.task)?;
        match &self.receiver {
            Receiver::Future(future) => visit.call(future),
            Receiver::Nobody | Receiver::Record(..) => Ok(()),
        }
    }

    /// Who waits for a record is told when the stepper is dropped.
    fn __clear__(&mut self) {
        let receiver = match &self.receiver {
            Receiver::Future(_) => std::mem::replace(&mut self.receiver, Receiver::Nobody),
            Receiver::Nobody | Receiver::Record(..) => Receiver::Nobody,
        };
        drop((self.coroutine.take(), self.task.take(), receiver));
    }

    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let nothing = slf.py().None();
        step(slf, |coroutine| coroutine.call_method1("send", (nothing,)))
    }

    fn send<'py>(slf: &Bound<'py, Self>, value: Py<PyAny>) -> PyResult<Bound<'py, PyAny>> {
        step(slf, |coroutine| coroutine.call_method1("send", (value,)))?
            .ok_or_else(|| PyStopIteration::new_err(()))
    }

    #[pyo3(signature = (*exception))]
    fn throw<'py>(
        slf: &Bound<'py, Self>,
        exception: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        step(slf, |coroutine| coroutine.call_method1("throw", exception))?
            .ok_or_else(|| PyStopIteration::new_err(()))
    }

    fn close(slf: &Bound<'_, Self>) -> PyResult<()> {
        let coroutine = slf.borrow_mut().coroutine.take();
        match coroutine {
            Some(coroutine) => coroutine.bind(slf.py()).call_method0("close").map(|_| ()),
            None => Ok(()),
        }
    }
}

/// Runs the coroutine to its next `await`; `None` when it has ended. How it
/// ended is told to who wants to know, never to the loop: an exception that
/// ends a loop would end it for all.
fn step<'py>(
    slf: &Bound<'py, Stepper>,
    resume: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = slf.py();
    let (coroutine, session, flow, user) = {
        let stepper = slf.borrow();
        let Some(coroutine) = &stepper.coroutine else {
            return Ok(None);
        };
        (
            coroutine.bind(py).clone(),
            stepper.session.clone(),
            stepper.flow().cloned(),
            stepper.user.clone(),
        )
    };
    let limit = flow.as_ref().and_then(|flow| flow.time_left());
    let code = Code::begin(py, session, user, limit);
    if let Some(flow) = &flow {
        flow.set_stepping(Some(code.slot()));
    }
    let profiling = slf
        .borrow()
        .session
        .as_ref()
        .and_then(|session| profile::begin(py, session));
    let mut stepped = resume(&coroutine);
    drop(profiling);
    if stepped.is_ok() && block::is_open() {
        stepped = refuse_to_wait(&coroutine);
    }
    if let Some(flow) = &flow {
        flow.set_stepping(None);
    }
    let ended = match stepped {
        Ok(awaited) => return Ok(Some(awaited)),
        Err(error) => match error.value(py).cast::<PyStopIteration>() {
            Ok(stop) => Ok(stop.getattr("value")?.unbind()),
            Err(_) => Err(error),
        },
    };
    let receiver = {
        let mut stepper = slf.borrow_mut();
        let over = (stepper.coroutine.take(), stepper.task.take());
        let receiver = std::mem::replace(&mut stepper.receiver, Receiver::Nobody);
        drop(stepper);
        // The end of Python objects may run code, which may look at the stepper.
        drop(over);
        receiver
    };
    tell(py, receiver, ended)?;
    drop(code);
    Ok(None)
}

/// Raises where a coroutine awaits while it keeps the server to itself, until
/// it has left the block.
fn refuse_to_wait<'py>(coroutine: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    /// A handler inside the block may await again.
    const PATIENCE: usize = 100;
    let mut stepped = None;
    for _ in 0..PATIENCE {
        let refusal = PyException::new_err("await is not allow inside atomic block");
        let again = coroutine.call_method1("throw", (refusal.into_value(coroutine.py()),))?;
        stepped = Some(again);
        if !block::is_open() {
            break;
        }
    }
    match stepped {
        Some(awaited) if !block::is_open() => Ok(awaited),
        _ => {
            coroutine.call_method0("close")?;
            Err(failure::misuse("await is not allow inside atomic block"))
        }
    }
}

fn tell(py: Python<'_>, receiver: Receiver, ended: PyResult<Py<PyAny>>) -> PyResult<()> {
    match receiver {
        Receiver::Record(flow, ticket) => {
            let landing: Landing = ended.map_err(|error| failure::of_coroutine(py, &error));
            flow.land(py, ticket, landing);
            Ok(())
        }
        Receiver::Future(future) => {
            let (good, value) = match ended {
                Ok(value) => (true, value),
                Err(error) => {
                    failure::settle(py, &error);
                    (false, error.into_value(py).into_any())
                }
            };
            runtime(py)?
                .getattr("continue_future")?
                .call1((future, good, value))
                .map(|_| ())
        }
        Receiver::Nobody => {
            if let Err(error) = ended {
                failure::log(py, "a coroutine failed", &error);
            }
            Ok(())
        }
    }
}

impl Drop for Stepper {
    /// A coroutine that the loop gave up does not leave its record waiting.
    fn drop(&mut self) {
        if let Receiver::Record(flow, ticket) =
            std::mem::replace(&mut self.receiver, Receiver::Nobody)
        {
            gil::attach_now(|py| {
                let text = "the coroutine was given up before it ended";
                flow.land(py, ticket, Err(text.into()));
            });
        }
    }
}
