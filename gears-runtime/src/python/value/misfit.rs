//! What does not fit.

use std::fmt;

use serde::de;

/// Says what would have fitted.
#[derive(Debug)]
pub(crate) struct Misfit(pub(crate) String);

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(format!("a value that fits the type ({message})"))
    }
}
