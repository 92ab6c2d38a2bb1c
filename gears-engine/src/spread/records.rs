//! Where the records of a run's first stage come from, on one shard.

use std::sync::Arc;
use std::time::Instant;

use pyo3::prelude::*;

use crate::execution::run::Run;
use crate::occasion::trigger::run_record;
use crate::plan::{Function, Pipeline};
use crate::reader::{BatchReader, Source};
use crate::session::Session;

/// Where the records of a run's first stage come from, on one shard.
pub(super) enum Records {
    /// One, of the words of a command.
    Words(Vec<Vec<u8>>),
    Reader(BatchReader),
    /// The same on a shard that does not drive the run: what comes behind an error is wanted too,
    /// as in RedisGears.
    ReaderOfAnother(BatchReader),
    /// These, or none.
    These(Vec<Py<PyAny>>),
}

impl Records {
    /// Prepares a stage over them.
    pub(super) fn open(
        self,
        py: Python<'_>,
        function: &Arc<Function>,
        session: &Arc<Session>,
        began: Instant,
    ) -> Run {
        let pipeline = || Pipeline::new(function, session, true);
        match self {
            Self::Words(words) => {
                let words = words.iter().map(Vec::as_slice);
                run_record(py, function, session, words, true, began)
            }
            Self::Reader(reader) => Run::new(pipeline(), reader.open(py, function), began),
            Self::ReaderOfAnother(reader) => {
                Run::new(pipeline(), reader.open(py, function), began).reading_on()
            }
            Self::These(records) => {
                Run::new(pipeline(), Source::Records(records.into()), began).reading_on()
            }
        }
    }
}
