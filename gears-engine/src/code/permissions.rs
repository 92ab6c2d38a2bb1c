//! Whose permissions running code has, as Python carries it along.

use pyo3::prelude::*;

use crate::cpython::runtime::runtime;
use crate::lock;
use crate::session::user::{self, User};

/// Returns whose permissions the code at hand has.
///
/// On the engine's own threads that is known; on others Python's context says
/// it, which tasks and threads inherit from who started them. Threads that were
/// started behind `threading`'s back have what the default user has.
pub(crate) fn current(py: Python<'_>) -> User {
    if let Some(user) = user::of_thread() {
        return user;
    }
    if !gears_server::can_run_as_user() {
        return User::Server;
    }
    let token = runtime(py)
        .and_then(|runtime| runtime.getattr("user_of_context")?.call0())
        .ok()
        .and_then(|token| token.cast_into::<UserToken>().ok());
    match token {
        Some(token) => token.get().0.clone(),
        None => User::default_user(),
    }
}

/// A user as Python's context carries it.
#[pyclass(name = "User", module = "redisgears", frozen)]
pub(crate) struct UserToken(User);

/// Returns a token of whose permissions the code at hand has.
#[pyfunction]
pub(crate) fn current_user(py: Python<'_>) -> UserToken {
    UserToken(remembered(py))
}

/// Returns whose permissions the code at hand has, for code that runs later.
pub(crate) fn remembered(py: Python<'_>) -> User {
    match current(py) {
        // The client's command will have ended by then.
        User::Client => lock::with_redis(py, User::of_client),
        other => other,
    }
}
