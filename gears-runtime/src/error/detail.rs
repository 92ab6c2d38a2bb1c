//! What each kind of error holds.

use std::time::Duration;

use super::{
    decode::DecodeError, duplicate::DuplicateTrigger, python::PythonError,
    requirement::RequirementError, unsupported::UnsupportedError,
};

/// What happened, with all that the accessors of [`Error`](super::Error) tell.
#[derive(Clone)]
pub(crate) enum Detail {
    Python(PythonError),
    Decode(DecodeError),
    Encode {
        message: String,
    },
    UnknownTrigger {
        trigger: String,
        /// The version of the function, when that was called by its name.
        version: Option<String>,
    },
    DuplicateTrigger(DuplicateTrigger),
    Requirement(RequirementError),
    NotBound {
        trigger: String,
        /// The gears that are mocked where it was called.
        mocked: Vec<&'static str>,
    },
    Server {
        message: String,
    },
    Connection {
        message: String,
    },
    Timeout {
        what: String,
        /// `None` when the connection is not ours.
        after: Option<Duration>,
    },
    Unsupported(UnsupportedError),
    Configuration {
        message: String,
    },
}
