//! Who runs functions over all shards of a cluster.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use super::Execution;
use super::run::Run;
use crate::plan::{Function, Pipeline};
use crate::reader::{BatchReader, Source};
use crate::registration::Registration;
use crate::session::Session;
use crate::session::user::User;

/// A function to run over all shards of a cluster.
pub(crate) struct Spread {
    pub(crate) execution: Arc<Execution>,
    pub(crate) function: Arc<Function>,
    pub(crate) session: Arc<Session>,
    /// Whose permissions it has.
    pub(crate) user: User,
    /// How long each stage may take on each shard.
    pub(crate) limit: Option<Duration>,
    /// What a script asked for as the limit.
    pub(crate) timeout: Option<Duration>,
    pub(crate) records: SpreadRecords,
    /// The registration, if it is one's function.
    pub(crate) registration: Option<Arc<Registration>>,
    /// Whether it can be looked up when it has ended.
    pub(crate) is_kept: bool,
}

/// Where its records come from.
pub(crate) enum SpreadRecords {
    /// On each shard from the words of a command.
    Words(Vec<Vec<u8>>),
    /// On each shard from the reader.
    Reader(BatchReader),
    /// From this shard.
    Here(Vec<Py<PyAny>>),
}

type RunOver = fn(Python<'_>, Spread, Instant) -> Run;

static RUN_OVER: OnceLock<RunOver> = OnceLock::new();

/// Has `run` run functions over all shards of a cluster.
pub(crate) fn spread_by(run: RunOver) {
    let _ = RUN_OVER.set(run);
}

impl Spread {
    /// Begins, and returns the run that gathers what comes of it.
    pub(crate) fn open(self, py: Python<'_>, began: Instant) -> Run {
        if let Some(run) = RUN_OVER.get() {
            return run(py, self, began);
        }
        let mut pipeline = Pipeline::new(&self.function, &self.session, false);
        pipeline.fail_with("the engine is loading");
        Run::new(pipeline, Source::Record(None), began)
    }
}
