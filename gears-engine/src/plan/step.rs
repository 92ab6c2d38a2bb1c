//! One step of a plan.

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::{Callback, Fold, KeyedFold};

/// What happens to the records that reach this place.
pub(crate) enum Step {
    Map(Callback),
    Filter(Callback),
    FlatMap(Callback),
    ForEach(Callback),
    /// Skips `start` records and lets `count` pass; a negative count lets all.
    Limit {
        start: i64,
        count: i64,
    },
    Accumulate(Fold),
    /// One accumulator for each key that the extractor finds.
    Group {
        extractor: Callback,
        fold: KeyedFold,
        /// Whether the records go to the shards of their keys before.
        moves: bool,
    },
    /// Hands each group to a function as a whole.
    BatchGroup {
        extractor: Callback,
        reducer: Py<PyAny>,
    },
    /// Brings the records of all shards to the one that was asked.
    Collect,
    /// Moves each record to the shard that owns its key.
    Repartition {
        extractor: Callback,
    },
}

impl Step {
    /// Makes another handle to the same step.
    pub(crate) fn share(&self, py: Python<'_>) -> Self {
        match self {
            Self::Map(function) => Self::Map(function.share(py)),
            Self::Filter(function) => Self::Filter(function.share(py)),
            Self::FlatMap(function) => Self::FlatMap(function.share(py)),
            Self::ForEach(function) => Self::ForEach(function.share(py)),
            Self::Limit { start, count } => Self::Limit {
                start: *start,
                count: *count,
            },
            Self::Accumulate(fold) => Self::Accumulate(fold.share(py)),
            Self::Group {
                extractor,
                fold,
                moves,
            } => Self::Group {
                extractor: extractor.share(py),
                fold: fold.share(py),
                moves: *moves,
            },
            Self::BatchGroup { extractor, reducer } => Self::BatchGroup {
                extractor: extractor.share(py),
                reducer: reducer.clone_ref(py),
            },
            Self::Collect => Self::Collect,
            Self::Repartition { extractor } => Self::Repartition {
                extractor: extractor.share(py),
            },
        }
    }

    /// Shows the collector of garbage what the step holds.
    pub(crate) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Map(function)
            | Self::Filter(function)
            | Self::FlatMap(function)
            | Self::ForEach(function) => function.visit(visit),
            Self::Accumulate(fold) => fold.visit(visit),
            Self::Group {
                extractor, fold, ..
            } => {
                extractor.visit(visit)?;
                fold.visit(visit)
            }
            Self::BatchGroup { extractor, reducer } => {
                extractor.visit(visit)?;
                visit.call(reducer)
            }
            Self::Repartition { extractor } => extractor.visit(visit),
            Self::Limit { .. } | Self::Collect => Ok(()),
        }
    }

    /// Says whether the step keeps something between records.
    pub(crate) fn has_state(&self) -> bool {
        matches!(
            self,
            Self::Limit { .. } | Self::Accumulate(_) | Self::Group { .. } | Self::BatchGroup { .. }
        )
    }
}
