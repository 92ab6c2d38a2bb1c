//! What is counted of a registration.

use std::time::Duration;

use crate::Histogram;

/// How often a registration ran and how that went.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    /// Executions that began.
    pub triggered: i64,
    /// Those that ended without errors.
    pub succeeded: i64,
    /// Those that ended with errors.
    pub failed: i64,
    /// Those of them that ended at their deadline.
    pub overdue: i64,
    /// Those that were ended by somebody.
    pub aborted: i64,
    /// Events that were not let in, because too much waited.
    pub dropped: i64,
    /// How long the last one took.
    pub last_run: Duration,
    /// How long all of them took.
    pub total_run: Duration,
    /// The error of the last one, if it failed.
    pub last_error: Option<String>,
    /// How long the last record had waited when its execution ended.
    pub last_lag: Duration,
    /// How long all last records had waited.
    pub total_lag: Duration,
    /// How long each of them took.
    pub latency: Histogram,
}

/// How an execution of a registration ended.
pub enum End<'a> {
    /// Without errors.
    Succeeded,
    /// With errors, of which this is the first.
    Failed(&'a str),
    /// At its deadline, with this error.
    Overdue(&'a str),
}
