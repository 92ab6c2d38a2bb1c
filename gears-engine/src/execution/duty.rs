//! Who has to say what came of an execution.

use std::ops::Deref;
use std::sync::Arc;

use super::Execution;

/// The duty to say what came of an execution, of the thread that runs it.
///
/// When it is dropped undone, after a panic or with a job that was refused, the
/// clients that wait get an error and do not wait for ever.
pub(crate) struct Duty(Arc<Execution>);

impl Duty {
    pub(crate) fn new(execution: Arc<Execution>) -> Self {
        Self(execution)
    }

    /// Returns the execution.
    pub(crate) fn execution(&self) -> &Arc<Execution> {
        &self.0
    }
}

impl Deref for Duty {
    type Target = Arc<Execution>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Drop for Duty {
    fn drop(&mut self) {
        drop(self.0.claim());
    }
}
