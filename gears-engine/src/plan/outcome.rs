//! What a run brings.

use std::time::Duration;

use gears_model::End;
use pyo3::prelude::*;

use crate::ground::failed::Failed;

/// What came out: the records at the end and the texts of errors on the way.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) results: Vec<Py<PyAny>>,
    pub(crate) errors: Vec<String>,
    /// Whether the first of them is that its time was up.
    overdue: bool,
    /// How long the reader took, its records' way through the steps included.
    pub(crate) read: Duration,
    /// How long each step took, where that was measured.
    pub(crate) steps: Vec<Duration>,
}

impl Outcome {
    /// Makes the outcome of a run that brought nothing but these errors, if there are any.
    pub(crate) fn of_errors(errors: impl IntoIterator<Item = String>) -> Self {
        Self {
            errors: errors.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Makes the outcome of what several shards brought.
    pub(crate) fn gathered(results: Vec<Py<PyAny>>, errors: Vec<String>) -> Self {
        Self {
            results,
            errors,
            ..Self::default()
        }
    }

    /// Adds an error.
    pub(crate) fn fail(&mut self, failed: Failed) {
        if self.errors.is_empty() {
            self.overdue = failed.overdue;
        }
        self.errors.push(failed.text);
    }

    /// Says how the execution ended, for its registration.
    pub(crate) fn end(&self) -> End<'_> {
        match self.errors.first() {
            None => End::Succeeded,
            Some(error) if self.overdue => End::Overdue(error),
            Some(error) => End::Failed(error),
        }
    }
}
