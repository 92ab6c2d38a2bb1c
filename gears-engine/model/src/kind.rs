//! What causes executions.

mod codec;

use crate::{Hook, KeyEvents, Stream};

/// What causes executions.
pub enum Kind {
    /// A client that calls the trigger.
    Trigger {
        /// What clients call it.
        name: Vec<u8>,
        /// Whether calls run one after another.
        in_order: bool,
    },
    /// A command that the function stands in for.
    Hook {
        /// Which command, with which keys.
        hook: Hook,
        /// Whether calls run one after another.
        in_order: bool,
    },
    /// Something that happens to a key.
    Keys(KeyEvents),
    /// Entries that come into a stream.
    Stream(Stream),
}

impl Kind {
    /// Names the reader in scripts and replies.
    pub fn reader(&self) -> &'static str {
        match self {
            Self::Trigger { .. } | Self::Hook { .. } => "CommandReader",
            Self::Keys(_) => "KeysReader",
            Self::Stream(_) => "StreamReader",
        }
    }
}
