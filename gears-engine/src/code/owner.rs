//! The session that running code belongs to, as scripts get hold of it.

use std::sync::Arc;

use pyo3::prelude::*;

use super::permissions;
use crate::python::failure;
use crate::session::{Packages, Session, current};

/// Returns whose code runs here.
///
/// # Errors
///
/// On threads that Python code made and that took no session.
pub(crate) fn here() -> PyResult<Arc<Session>> {
    current::current()
        .ok_or_else(|| failure::misuse("Can not create a gearsCtx on a python created thread"))
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
    current::current().map(ExecutionSession)
}

/// Gives this thread a session, or takes it back with `None`.
#[pyfunction(name = "setGearsSession")]
#[pyo3(signature = (session = None))]
pub(crate) fn set_gears_session(session: Option<Bound<'_, ExecutionSession>>) {
    current::set(session.map(|session| session.get().session()));
}

/// Makes a thread that Python code made one that may use the engine: it gets
/// a session of its own if it has none.
#[pyfunction(name = "registerGearsThread")]
pub(crate) fn register_gears_thread(py: Python<'_>) -> PyResult<()> {
    if current::current().is_none() {
        let session = Session {
            id: random_id(py)?,
            description: None,
            requirements: Vec::new(),
            packages: Packages::default(),
            script: Arc::default(),
            user: permissions::remembered(py),
        };
        current::set(Some(Arc::new(session)));
    }
    Ok(())
}
