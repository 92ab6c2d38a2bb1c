//! One step of a plan.

use super::{Callback, CallbackId, Fold, KeyedFold};

/// What happens to the records that reach this place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Puts what the callback returns in the record's place.
    Map(Callback),
    /// Lets records pass for which the callback returns what is true.
    Filter(Callback),
    /// Puts the members of the list that the callback returns in the record's place.
    FlatMap(Callback),
    /// Calls the callback and lets the record pass.
    ForEach(Callback),
    /// Skips `start` records and lets `count` pass; a negative count lets all.
    Limit {
        /// How many records are skipped.
        start: i64,
        /// How many pass.
        count: i64,
    },
    /// Makes one value of all records.
    Accumulate(Fold),
    /// One accumulator for each key that the extractor finds.
    Group {
        /// Finds a record's key.
        extractor: Callback,
        /// Makes one value of a group.
        fold: KeyedFold,
        /// Whether the records go to the shards of their keys before.
        moves: bool,
    },
    /// Hands each group to a function as a whole.
    BatchGroup {
        /// Finds a record's key.
        extractor: Callback,
        /// Makes one value of a group's list.
        reducer: CallbackId,
    },
    /// Brings the records of all shards to the one that was asked.
    Collect,
    /// Moves each record to the shard that owns its key.
    Repartition {
        /// Finds a record's key.
        extractor: Callback,
    },
}

impl Step {
    /// Says whether records leave their shard here, in a function that runs on several.
    #[must_use]
    pub fn is_edge(&self) -> bool {
        matches!(
            self,
            Self::Collect
                | Self::Repartition { .. }
                | Self::BatchGroup { .. }
                | Self::Group { moves: true, .. }
        )
    }

    /// Says whether the step keeps something between records.
    #[must_use]
    pub fn has_state(&self) -> bool {
        matches!(
            self,
            Self::Limit { .. } | Self::Accumulate(_) | Self::Group { .. } | Self::BatchGroup { .. }
        )
    }

    /// Shows `visit` each callback of the script that the step names, in order.
    pub(super) fn visit(&mut self, visit: &mut impl FnMut(&mut CallbackId)) {
        match self {
            Self::Map(callback)
            | Self::Filter(callback)
            | Self::FlatMap(callback)
            | Self::ForEach(callback)
            | Self::Repartition {
                extractor: callback,
            } => visit_callback(callback, visit),
            Self::Accumulate(fold) => fold.visit(visit),
            Self::Group {
                extractor, fold, ..
            } => {
                visit_callback(extractor, visit);
                fold.visit(visit);
            }
            Self::BatchGroup { extractor, reducer } => {
                visit_callback(extractor, visit);
                visit(reducer);
            }
            Self::Limit { .. } | Self::Collect => {}
        }
    }
}

fn visit_callback(callback: &mut Callback, visit: &mut impl FnMut(&mut CallbackId)) {
    if let Callback::Script(id) = callback {
        visit(id);
    }
}
