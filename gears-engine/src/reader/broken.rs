//! How a source fails.

use pyo3::prelude::*;

/// Why a source ended before its end.
pub(crate) enum Broken {
    Python(PyErr),
    /// The server's own text.
    Server(String),
}

impl From<PyErr> for Broken {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}
