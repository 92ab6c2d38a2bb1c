//! Whose permissions apply to the commands that a function runs.
//!
//! A triggered function has those of whoever triggered it; one that an event
//! caused, those of whoever registered it. The user is looked up when the
//! first command is run, so a function that runs none pays nothing.

use std::cell::RefCell;
use std::sync::LazyLock;

use gears_server::{Answer, CallFailure, Caller, Context, UserName};

use crate::ground::calls;

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

/// Returns who the functions on this thread run as, where that was said.
pub(crate) fn of_thread() -> Option<User> {
    RUNS_AS.with_borrow(Clone::clone)
}

impl User {
    /// Returns who sent the command that runs, to be remembered.
    pub(crate) fn of_client(context: &Context) -> Self {
        if !gears_server::can_run_as_user() {
            return Self::Server;
        }
        // Nearly all are the server's own connections.
        if let Some(name) = context.client_user() {
            return Self::Named(name);
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

    /// Names the user for another shard; nothing stands for the server itself.
    pub(crate) fn to_tell(&self) -> Option<Vec<u8>> {
        match self {
            Self::Named(name) => Some(name.to_vec()),
            Self::Client | Self::Server => None,
        }
    }

    /// Returns the user whom another shard names.
    pub(crate) fn told(name: Option<&[u8]>) -> Self {
        match name {
            Some(name) if gears_server::can_run_as_user() => Self::Named(name.into()),
            _ => Self::Server,
        }
    }

    /// Checks that the user is there on this shard too: ACL rules are each server's own.
    ///
    /// # Errors
    ///
    /// Names the user who is not, and says what to do.
    pub(crate) fn check_known(&self, context: &Context) -> Result<(), String> {
        match self {
            Self::Named(name) if !context.knows_user(name) => Err(format!(
                "the user {} is not known on this shard: create it on all of them (ACL SETUSER)",
                String::from_utf8_lossy(name)
            )),
            Self::Named(_) | Self::Client | Self::Server => Ok(()),
        }
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
        // The server knows more of its own functions.
        if let Some(called) = context.call_if_function(command, arguments) {
            return called;
        }
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
