//! What a run brings.

use std::time::Duration;

use pyo3::prelude::*;

/// What came out: the records at the end and the texts of errors on the way.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) results: Vec<Py<PyAny>>,
    pub(crate) errors: Vec<String>,
    /// How long the reader took, its records' way through the steps included.
    pub(crate) read: Duration,
    /// How long each step took, where that was measured.
    pub(crate) steps: Vec<Duration>,
}
