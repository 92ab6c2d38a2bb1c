//! How far executions are.

/// What an execution is doing (spec section 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for a worker.
    Created,
    /// Its code runs, or waits for coroutines.
    Running,
    /// It has ended, with results or errors.
    Done,
    /// Somebody ended it.
    Aborted,
}

impl State {
    /// Names the state as replies do.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Done => "done",
            Self::Aborted => "aborted",
        }
    }

    /// Says whether nothing more will happen.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Aborted)
    }
}
