//! What becomes of a record at a step.

use pyo3::prelude::*;

/// Whether the source of records should go on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Continue,
    /// Nothing that comes now can change the outcome.
    Stop,
}

/// What a step makes of a record.
pub(super) enum Passed<'py> {
    Record(Bound<'py, PyAny>),
    /// The record goes on and the source can stop.
    LastRecord(Bound<'py, PyAny>),
    Nothing(Progress),
}
