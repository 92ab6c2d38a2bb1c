//! What can come between watching and a server.

use gears_runtime::Error;
use redis::RedisError;

use crate::failure::{Code, Failure};

/// Says what is to be done about a failure.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server is not there, or not ready: try again later.
    Away(Failure),
    /// It refused this one thing.
    Refused(Failure),
    /// Nothing more can be done.
    End(Failure),
    /// Somebody interrupted.
    Interrupted,
}

/// How servers begin an error that goes by itself.
const PASSING: [&str; 6] = [
    "LOADING",
    "BUSY",
    "CLUSTERDOWN",
    "MASTERDOWN",
    "TRYAGAIN",
    "MOVED",
];

impl Trouble {
    pub(super) fn away(why: &str) -> Self {
        Self::Away(Failure::new(Code::Connection, why))
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let passes = error.is_transient() || error.is_connection() || error.is_timeout();
        let failure = Failure::from(error);
        if passes {
            Self::Away(failure)
        } else {
            Self::Refused(failure)
        }
    }
}

impl From<RedisError> for Trouble {
    fn from(error: RedisError) -> Self {
        let passes = PASSING
            .iter()
            .any(|code| error.code().is_some_and(|said| said == *code));
        let message = error.to_string();
        if passes || error.is_io_error() || error.is_connection_dropped() {
            Self::Away(Failure::new(Code::Connection, message))
        } else {
            Self::Refused(Failure::server(message))
        }
    }
}

/// Of the output, or of a file that was named.
impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::End(failure)
    }
}
