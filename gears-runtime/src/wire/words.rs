//! Where the words of a call are written.

use std::fmt::Display;

use redis::{Cmd, RedisWrite as _};
use serde::Serialize;

use super::packed::Packed;

/// A command by itself, or one among those that are packed already.
pub(crate) enum Words {
    Command(Cmd),
    Packed(Packed),
}

impl Words {
    /// Begins a command of no more than so many words, behind those that are packed if there are any.
    pub(crate) fn begin(packed: Option<Packed>, words: usize) -> Self {
        match packed {
            None => Self::Command(Cmd::with_capacity(words, 128)),
            Some(mut packed) => {
                packed.begin(words);
                Self::Packed(packed)
            }
        }
    }

    /// Adds a word.
    pub(crate) fn word(&mut self, word: &[u8]) {
        match self {
            Self::Command(command) => command.write_arg(word),
            Self::Packed(packed) => packed.word(word),
        }
    }

    /// Adds what a value displays.
    pub(crate) fn display(&mut self, value: impl Display) {
        match self {
            Self::Command(command) => command.write_arg_fmt(value),
            Self::Packed(packed) => packed.display(value),
        }
    }

    /// Adds the JSON of a value.
    ///
    /// # Errors
    ///
    /// That of its type's `Serialize`.
    pub(crate) fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> serde_json::Result<()> {
        match self {
            Self::Command(command) => serde_json::to_writer(command.writer_for_next_arg(), value),
            Self::Packed(packed) => packed.write_word(|bytes| serde_json::to_writer(bytes, value)),
        }
    }
}
