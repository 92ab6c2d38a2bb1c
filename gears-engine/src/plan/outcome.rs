//! What a run brings.

use std::time::Duration;

use gears_model::End;
use pyo3::prelude::*;

use crate::ground::failed::Failed;

/// So many errors are kept: enough to see what is wrong, and few for the memory.
const MOST_ERRORS: usize = 1000;

/// The exception that stops code.
const STOPPED: &str = "gears.forcestopped";

/// What came out: the records at the end and the texts of errors on the way.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) results: Vec<Py<PyAny>>,
    pub(crate) errors: Vec<String>,
    /// Whether the first of them is that its time was up.
    overdue: bool,
    /// How many errors there were beside those that are kept.
    left_out: usize,
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

    /// Adds an error.
    pub(crate) fn fail(&mut self, failed: Failed) {
        if self.errors.is_empty() {
            self.overdue = failed.overdue;
        }
        if self.errors.len() < MOST_ERRORS {
            self.errors.push(failed.text);
        } else {
            self.left_out += 1;
        }
    }

    /// Says whether code was stopped on the way.
    pub(crate) fn was_stopped(&self) -> bool {
        self.errors.iter().any(|error| error.contains(STOPPED))
    }

    /// Counts errors that were left out where they happened.
    pub(crate) fn leave_out(&mut self, count: usize) {
        self.left_out += count;
    }

    /// Says how many errors were left out, as the last one.
    pub(super) fn say_what_is_left_out(&mut self) {
        if self.left_out > 0 {
            let left_out = self.left_out;
            self.errors
                .push(format!("{left_out} more errors are not shown"));
        }
    }

    /// Returns the errors of a whole outcome without the one that says how many were left out,
    /// and that number.
    pub(crate) fn kept_and_left_out(&self) -> (&[String], usize) {
        let kept = self.errors.len() - usize::from(self.left_out > 0);
        (&self.errors[..kept], self.left_out)
    }

    /// Says whether the first error is that its time was up.
    pub(crate) fn is_overdue(&self) -> bool {
        self.overdue
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
