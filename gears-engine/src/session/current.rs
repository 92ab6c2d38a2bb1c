//! The session whose code runs on a thread.

use std::cell::RefCell;
use std::sync::Arc;

use pyo3::prelude::*;

use super::{Packages, Session, user};
use crate::python::failure;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Session>>> = const { RefCell::new(None) };
}

/// Restores the session that was before.
pub(crate) struct Entered(Option<Arc<Session>>);

/// Notes whose code runs on this thread, until the guard is dropped.
pub(crate) fn enter(session: Option<Arc<Session>>) -> Entered {
    Entered(CURRENT.replace(session))
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// Returns whose code runs on this thread; threads that Python code made have
/// no session before they take one.
pub(crate) fn current() -> Option<Arc<Session>> {
    CURRENT.with_borrow(Option::clone)
}

/// Returns whose code runs here.
///
/// # Errors
///
/// On threads that Python code made and that took no session.
pub(crate) fn here() -> PyResult<Arc<Session>> {
    current().ok_or_else(|| failure::misuse("Can not create a gearsCtx on a python created thread"))
}

/// Makes a session id for a script that brought none: forty random digits.
pub(crate) fn random_id(py: Python<'_>) -> PyResult<String> {
    py.import("secrets")?
        .call_method1("token_hex", (20,))?
        .extract()
}

/// A session in scripts' hands: to be taken along to a thread of their own.
#[pyclass(name = "PyExecutionSession", module = "redisgears", frozen)]
pub(crate) struct ExecutionSession(Arc<Session>);

impl ExecutionSession {
    pub(crate) fn session(&self) -> Arc<Session> {
        Arc::clone(&self.0)
    }
}

/// Returns the session of this thread, or `None`.
#[pyfunction(name = "getGearsSession")]
pub(crate) fn get_gears_session() -> Option<ExecutionSession> {
    current().map(ExecutionSession)
}

/// Gives this thread a session, or takes it back with `None`.
#[pyfunction(name = "setGearsSession")]
#[pyo3(signature = (session = None))]
pub(crate) fn set_gears_session(session: Option<Bound<'_, ExecutionSession>>) {
    CURRENT.set(session.map(|session| session.get().session()));
}

/// Makes a thread that Python code made one that may use the engine: it gets
/// a session of its own if it has none.
#[pyfunction(name = "registerGearsThread")]
pub(crate) fn register_gears_thread(py: Python<'_>) -> PyResult<()> {
    if current().is_none() {
        let session = Session {
            id: random_id(py)?,
            description: None,
            requirements: Vec::new(),
            packages: Packages::default(),
            script: Arc::default(),
            user: user::remembered(py),
        };
        CURRENT.set(Some(Arc::new(session)));
    }
    Ok(())
}
