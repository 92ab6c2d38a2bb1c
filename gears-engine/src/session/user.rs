//! Whose permissions apply to the commands that a function runs.
//!
//! A triggered function has those of whoever triggered it; one that an event
//! caused, those of whoever registered it. The user is looked up when the
//! first command is run, so a function that runs none pays nothing.

use std::cell::RefCell;
use std::sync::LazyLock;

use gears_server::{Answer, CallFailure, Caller, Context, UserName};
use pyo3::prelude::*;

use crate::cpython::runtime::runtime;
use crate::ground::calls;
use crate::lock;

/// Somebody with permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum User {
    /// The client whose command runs on this thread.
    Client,
    /// The user of that name, as it is defined when a command is run.
    Named(UserName),
    /// The server itself, which may do everything: a primary's link to its
    /// replica, and everybody on servers that cannot run commands as a user.
    Server,
}

/// The user that unauthenticated clients have.
static DEFAULT: LazyLock<UserName> = LazyLock::new(|| b"default"[..].into());

thread_local! {
    static RUNS_AS: RefCell<Option<User>> = const { RefCell::new(None) };
}

/// Has the functions on this thread run as a user, until dropped.
pub(crate) struct RunsAs {
    previous: Option<User>,
}

/// Has the functions on this thread run as `user`.
pub(crate) fn run_as(user: User) -> RunsAs {
    RunsAs {
        previous: RUNS_AS.replace(Some(user)),
    }
}

impl Drop for RunsAs {
    fn drop(&mut self) {
        RUNS_AS.set(self.previous.take());
    }
}

impl User {
    /// Returns who sent the command that runs, to be remembered.
    pub(crate) fn of_client(context: &Context) -> Self {
        if !gears_server::can_run_as_user() {
            return Self::Server;
        }
        match context.caller() {
            Caller::User(name) => Self::Named(name.into()),
            Caller::Server => Self::Server,
            Caller::Anybody => Self::default_user(),
        }
    }

    /// Returns the user that unauthenticated clients have.
    pub(crate) fn default_user() -> Self {
        Self::Named(DEFAULT.clone())
    }

    /// Names the user, for the log and for INFO.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Named(name) => String::from_utf8_lossy(name).into_owned(),
            Self::Client | Self::Server => "-".to_owned(),
        }
    }

    /// Runs a command with this user's permissions.
    ///
    /// # Errors
    ///
    /// The server's error, and `NOPERM …` where the user lacks a permission.
    pub(crate) fn call(
        &self,
        context: &Context,
        command: &[u8],
        arguments: &[&[u8]],
    ) -> Result<Answer, CallFailure> {
        calls::note_call();
        context.check_memory_for(command, arguments)?;
        if !gears_server::can_run_as_user() {
            return context.call(command, arguments);
        }
        match self {
            Self::Server => context.call(command, arguments),
            Self::Client => context.call_as_client(command, arguments),
            Self::Named(name) => context.call_as(name, command, arguments),
        }
    }
}

/// Returns whose permissions the code at hand has.
///
/// On the engine's own threads that is known; on others Python's context says
/// it, which tasks and threads inherit from who started them. Threads that were
/// started behind `threading`'s back have what the default user has.
pub(crate) fn current(py: Python<'_>) -> User {
    if let Some(user) = RUNS_AS.with_borrow(Clone::clone) {
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
