//! The session whose code runs on a thread.

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

use pyo3::prelude::*;

use crate::session::Session;
use crate::user;

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

/// A session in scripts' hands: to be taken along to a thread of their own.
#[pyclass(name = "PyExecutionSession", module = "redisgears", frozen)]
pub(super) struct ExecutionSession(Arc<Session>);

impl ExecutionSession {
    pub(super) fn session(&self) -> Arc<Session> {
        Arc::clone(&self.0)
    }
}

/// Returns the session of this thread, or `None`.
#[pyfunction(name = "getGearsSession")]
pub(super) fn get_gears_session() -> Option<ExecutionSession> {
    current().map(ExecutionSession)
}

/// Gives this thread a session, or takes it back with `None`.
#[pyfunction(name = "setGearsSession")]
#[pyo3(signature = (session = None))]
pub(super) fn set_gears_session(session: Option<Bound<'_, ExecutionSession>>) {
    CURRENT.set(session.map(|session| session.get().session()));
}

/// Makes a thread that Python code made one that may use the engine: it gets
/// a session of its own if it has none.
#[pyfunction(name = "registerGearsThread")]
pub(super) fn register_gears_thread(py: Python<'_>) -> PyResult<()> {
    if current().is_none() {
        let session = Session {
            id: super::script::random_session_id(py)?,
            description: None,
            requirements: Vec::new(),
            claim: OnceLock::new(),
            script: Arc::default(),
            user: user::remembered(py),
        };
        CURRENT.set(Some(Arc::new(session)));
    }
    Ok(())
}
