//! Where in the Rust source a gear function is built.

use std::panic::Location;

/// A call of the builder: what tracebacks show of a step for which there is no Python of the user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) file: String,
    pub(crate) line: u32,
    /// The name of the method.
    pub(crate) name: &'static str,
    /// The call as it reads in Rust, as far as it is known.
    pub(crate) call: String,
}

impl Spot {
    pub(crate) fn new(place: &Location<'_>, name: &'static str, call: impl Into<String>) -> Self {
        Self {
            file: place.file().to_owned(),
            line: place.line(),
            name,
            call: call.into(),
        }
    }
}
