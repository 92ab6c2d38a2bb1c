//! How a source fails.

use gears_server::CallFailure;
use pyo3::prelude::*;

/// Why a source ended before its end.
pub(crate) enum Broken {
    Python(PyErr),
    Server(CallFailure),
}

impl From<PyErr> for Broken {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl From<CallFailure> for Broken {
    fn from(failure: CallFailure) -> Self {
        Self::Server(failure)
    }
}
