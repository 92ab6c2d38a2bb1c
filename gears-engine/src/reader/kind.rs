//! The readers by their names.

/// The readers by their names in scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReaderKind {
    Keys,
    KeyNames,
    Stream,
    Python,
    ShardsId,
    Command,
}

impl ReaderKind {
    pub(crate) const ALL: [Self; 6] = [
        Self::Keys,
        Self::KeyNames,
        Self::Stream,
        Self::Python,
        Self::ShardsId,
        Self::Command,
    ];

    /// Finds a reader by its name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reader| reader.name() == name)
    }

    /// Names the reader as scripts do.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Keys => "KeysReader",
            Self::KeyNames => "KeysOnlyReader",
            Self::Stream => "StreamReader",
            Self::Python => "PythonReader",
            Self::ShardsId => "ShardsIDReader",
            Self::Command => "CommandReader",
        }
    }
}
