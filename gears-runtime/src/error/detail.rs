//! The particulars of each kind of error.

use std::{fmt, time::Duration};

use crate::traceback::{Frame, Traceback};

/// What happened, with all that the accessors of [`Error`](super::Error) tell.
#[derive(Clone)]
pub(super) enum Detail {
    Python(PythonError),
    Decode(DecodeError),
    Encode {
        message: String,
    },
    UnknownTrigger {
        trigger: String,
    },
    DuplicateTrigger(DuplicateTrigger),
    Requirement(RequirementError),
    NotBound {
        trigger: String,
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

/// Holds what Python said when it raised.
///
/// Its text reads like Python's own traceback.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PythonError {
    pub(super) trigger: String,
    pub(super) traceback: Traceback,
}

impl PythonError {
    /// Returns the trigger that was called; empty for a script.
    pub fn trigger(&self) -> &str {
        &self.trigger
    }

    /// Returns the type of the exception, such as `ValueError`; empty when the server did not say.
    pub fn exception(&self) -> &str {
        &self.traceback.exception
    }

    /// Returns the message of the exception.
    pub fn message(&self) -> &str {
        &self.traceback.message
    }

    /// Returns the frames of the traceback, outermost first, without those of the machinery.
    pub fn frames(&self) -> &[Frame] {
        &self.traceback.frames
    }
}

impl fmt::Display for PythonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.traceback.fmt(f)
    }
}

/// Says which value did not fit which type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DecodeError {
    pub(super) gear: String,
    pub(super) command: &'static str,
    pub(super) path: String,
    pub(super) expected: String,
    pub(super) came: String,
    pub(super) value: redis::Value,
}

impl DecodeError {
    /// Returns the gear whose result it was, with its place in the Rust source.
    ///
    /// Empty for the result of a script and for the reply to a command.
    pub fn gear(&self) -> &str {
        &self.gear
    }

    /// Returns the command whose reply it was, such as `RG.DUMPREGISTRATIONS`.
    ///
    /// Empty for the result of a gear or of a script.
    pub fn command(&self) -> &str {
        self.command
    }

    /// Returns the place in the reply, such as `registrations[3].RegistrationData.status`.
    ///
    /// Empty for the result of a gear.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what the declared type would take.
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// Returns what came instead, cut to a readable length.
    pub fn came(&self) -> &str {
        &self.came
    }

    /// Returns the value that came, whole.
    pub fn reply(&self) -> &redis::Value {
        &self.value
    }
}

/// Names two different functions that claim one trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DuplicateTrigger {
    pub(super) trigger: String,
    pub(super) ours: String,
    pub(super) theirs: String,
}

impl DuplicateTrigger {
    /// Returns the trigger.
    pub fn trigger(&self) -> &str {
        &self.trigger
    }

    /// Returns the gear of this binary, with its place in the Rust source.
    pub fn ours(&self) -> &str {
        &self.ours
    }

    /// Returns the other one: a gear of this binary, or a registration on the server.
    pub fn theirs(&self) -> &str {
        &self.theirs
    }
}

/// Says which requirements could not be installed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequirementError {
    pub(super) trigger: String,
    pub(super) requirements: Vec<String>,
    pub(super) message: String,
}

impl RequirementError {
    /// Returns the trigger of the gear that asked for them; empty for a script.
    pub fn trigger(&self) -> &str {
        &self.trigger
    }

    /// Returns the requirements that were asked for, of which at least one failed.
    pub fn requirements(&self) -> &[String] {
        &self.requirements
    }

    /// Returns what the server said, which on gears-engine ends with pip's own message.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// Says what the server lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnsupportedError {
    pub(super) feature: String,
    pub(super) server: String,
    pub(super) remedy: &'static str,
}

impl UnsupportedError {
    /// Returns what was asked for.
    pub fn feature(&self) -> &str {
        &self.feature
    }

    /// Returns what is known about the server.
    pub fn server(&self) -> &str {
        &self.server
    }
}
