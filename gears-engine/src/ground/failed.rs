//! What a function failed with.

/// An error as clients and the log get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) text: String,
    /// Whether its time was up.
    pub(crate) overdue: bool,
}

impl From<String> for Failed {
    fn from(text: String) -> Self {
        Self {
            text,
            overdue: false,
        }
    }
}

impl From<&str> for Failed {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}
