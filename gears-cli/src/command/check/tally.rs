//! How many of each.

use std::fmt;

use gears_python::{Finding, Level};

use crate::count::many;

/// Counts what was found.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) files: usize,
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) unreadable: usize,
}

impl Tally {
    /// Counts a file and what was found in it.
    pub(super) fn count(&mut self, findings: &[Finding]) {
        self.files += 1;
        let errors = findings
            .iter()
            .filter(|finding| finding.level() == Level::Error)
            .count();
        self.errors += errors;
        self.warnings += findings.len() - errors;
    }
}

/// Prints `2 errors and 1 warning in 3 files`.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = many(self.files, "file");
        match (self.errors, self.warnings) {
            (0, 0) => write!(f, "nothing found in {files}")?,
            (errors, 0) => write!(f, "{} in {files}", many(errors, "error"))?,
            (0, warnings) => write!(f, "{} in {files}", many(warnings, "warning"))?,
            (errors, warnings) => {
                let (errors, warnings) = (many(errors, "error"), many(warnings, "warning"));
                write!(f, "{errors} and {warnings} in {files}")?;
            }
        }
        match self.unreadable {
            0 => Ok(()),
            count => write!(f, ", and {} could not be read", many(count, "file")),
        }
    }
}
