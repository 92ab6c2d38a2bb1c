//! What a test returns.

use std::process::ExitCode;

/// Whether a test failed without a panic.
#[diagnostic::on_unimplemented(
    message = "a test cannot return `{Self}`",
    label = "a test returns nothing, or a `Result`"
)]
pub trait Verdict {
    /// Tells whether it is an error.
    fn is_failure(&self) -> bool;
}

impl Verdict for () {
    fn is_failure(&self) -> bool {
        false
    }
}

impl<T, E> Verdict for Result<T, E> {
    fn is_failure(&self) -> bool {
        self.is_err()
    }
}

impl Verdict for ExitCode {
    fn is_failure(&self) -> bool {
        *self != Self::SUCCESS
    }
}
