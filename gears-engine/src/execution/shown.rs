//! What an execution does, step by step, as clients see it.

use gears_server::Refusal;

use super::Execution;
use crate::lock::gil;
use crate::plan::{Part, to_python};

/// A part of a step, and which step it is of, if it is of one.
pub(crate) type Shown = (Option<usize>, Part);

impl Execution {
    /// Shows the steps of its function.
    ///
    /// # Errors
    ///
    /// When Python, which prints the callbacks, cannot be had.
    pub(crate) fn steps(&self) -> Result<Vec<Shown>, Refusal> {
        // Printing callbacks may run Python, so it is done without looking at the progress.
        let steps = gil::attach(|py| self.function.describe(py))?;
        let parts = steps
            .into_iter()
            .enumerate()
            .flat_map(|(at, parts)| parts.into_iter().map(move |part| (Some(at), part)));
        Ok(std::iter::once((None, to_python())).chain(parts).collect())
    }
}
