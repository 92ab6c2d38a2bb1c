//! How accumulating steps make one value of many records.

use super::CallbackId;

/// Folds all records into one accumulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// `f(a, r)`; `a` is `None` for the first record.
    Script(CallbackId),
    /// `f(a, r)`; a copy of `zero` stands in for every falsy `a`.
    Aggregate {
        /// The value to begin with.
        zero: CallbackId,
        /// `f`.
        function: CallbackId,
    },
    /// Counts records.
    Count,
    /// Adds numbers up.
    Sum,
    /// Adds pairs up, member by member.
    SumPairs,
    /// Gathers records in a list.
    Gather,
    /// Joins lists.
    Join,
    /// Gathers records in a set.
    Unique,
    /// Joins sets.
    Union,
}

/// Folds the records of one group into one accumulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyedFold {
    /// `f(k, a, r)`; `a` is `None` for the first record.
    Script(CallbackId),
    /// `f(k, a, r)`; a copy of `zero` stands in for every falsy `a`.
    Aggregate {
        /// The value to begin with.
        zero: CallbackId,
        /// `f`.
        function: CallbackId,
    },
    /// As `Aggregate`, over the `value` of records that a group before made.
    Combine {
        /// The value to begin with.
        zero: CallbackId,
        /// `f`.
        function: CallbackId,
    },
    /// Counts records.
    Count,
    /// Adds up the `value` of records that a group before made.
    SumValues,
    /// Gathers records in a list, for `batchgroupby`.
    Gather,
}

impl Fold {
    pub(super) fn visit(&mut self, visit: &mut impl FnMut(&mut CallbackId)) {
        match self {
            Self::Script(function) => visit(function),
            Self::Aggregate { zero, function } => {
                visit(zero);
                visit(function);
            }
            Self::Count
            | Self::Sum
            | Self::SumPairs
            | Self::Gather
            | Self::Join
            | Self::Unique
            | Self::Union => {}
        }
    }
}

impl KeyedFold {
    /// Says whether the extractor before is called by a function of RedisGears'
    /// own.
    #[must_use]
    pub fn is_shortcut(&self) -> bool {
        matches!(self, Self::Aggregate { .. } | Self::Count)
    }

    pub(super) fn visit(&mut self, visit: &mut impl FnMut(&mut CallbackId)) {
        match self {
            Self::Script(function) => visit(function),
            Self::Aggregate { zero, function } | Self::Combine { zero, function } => {
                visit(zero);
                visit(function);
            }
            Self::Count | Self::SumValues | Self::Gather => {}
        }
    }
}
