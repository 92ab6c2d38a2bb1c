//! What cannot be written as a Python literal.

use std::fmt::{self, Display};

use serde::ser;

/// Says why a value has no Python literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unwritable(pub(super) String);

impl Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}
