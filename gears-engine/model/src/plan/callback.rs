//! What a step calls for a record.

/// The place of a script's own function, or of a value that it gave, in the list of
/// those that are kept for a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallbackId(pub u64);

impl CallbackId {
    /// Returns the place in a list that has `others` more before this one.
    #[must_use]
    pub fn behind(self, others: usize) -> Self {
        Self(self.0.saturating_add(others as u64))
    }
}

/// A script's own function, or one of the fixed functions behind builder shortcuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callback {
    /// What the script gave.
    Script(CallbackId),
    /// What a shortcut needs.
    Native(Native),
}

/// A function that the builder's shortcuts need and that no script passes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Native {
    /// Returns the record.
    Identity,
    /// Makes text of the record: the hidden step of `convertToStr`.
    Text,
    /// Returns the record's `key`, which a group before put there.
    GroupKey,
    /// Makes a float of the record: what `avg` takes by default.
    Number,
    /// Makes `(record, 1)`, the start of an average.
    WithOne,
    /// Divides a `(sum, count)` pair.
    Quotient,
    /// Sorts a list; the flag is what the caller gave as `reverse`.
    Sort {
        /// Whether the caller asked for `reverse`.
        reverse: bool,
    },
    /// Makes a list of a set.
    List,
}
