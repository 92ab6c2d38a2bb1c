//! Functions that stand in for commands.

use gears_server::{Context, Words};

use crate::CommandName;

/// Commands that work on their own client's connection: run by anybody else
/// they do nothing, so no function can stand in for them.
const OF_A_CONNECTION: [&str; 4] = ["select", "readonly", "readwrite", "asking"];

/// The command that a function stands in for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// What the function stands in for.
    pub command: CommandName,
    /// What a key must begin with; without, the keys do not matter.
    key_prefix: Option<Vec<u8>>,
}

impl Hook {
    /// Finds the command to hook.
    ///
    /// # Errors
    ///
    /// Why it cannot be hooked, in RedisGears' words where it has any.
    pub fn new(
        context: &Context,
        command: &str,
        key_prefix: Option<&str>,
    ) -> Result<Self, &'static str> {
        let command = CommandName::look_up(context, command)
            .ok_or("Can not override an unexisting command")?;
        if command.is_refused_in_scripts() {
            return Err("Can not override a command which are not allowed inside a script");
        }
        if OF_A_CONNECTION.contains(&command.lower.as_str()) {
            return Err("Can not override a command that only changes its client's connection");
        }
        if key_prefix.is_some() {
            if command.info.movable_keys {
                return Err("Can not override a command with moveable keys by key prefix");
            }
            if !command.info.has_keys() {
                return Err(
                    "Can not override a command by key prefix with none positive first key",
                );
            }
        }
        Ok(Self {
            command,
            key_prefix: key_prefix.map(|prefix| prefix.as_bytes().to_vec()),
        })
    }

    /// Makes a hook again that was stored.
    pub fn stored(command: CommandName, key_prefix: Option<Vec<u8>>) -> Self {
        Self {
            command,
            key_prefix,
        }
    }

    /// Returns what a key must begin with, if that matters.
    pub fn key_prefix(&self) -> Option<&[u8]> {
        self.key_prefix.as_deref()
    }

    /// Says whether one call can concern both hooks.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (Some(one), Some(two)) = (&self.key_prefix, &other.key_prefix) else {
            return self.command.lower == other.command.lower;
        };
        // A command with several keys can have one of each kind, but then
        // both hooks run only because their author said so.
        self.command.lower == other.command.lower && (one.starts_with(two) || two.starts_with(one))
    }

    /// Says whether a call of the command is meant.
    pub fn concerns(&self, words: &impl Words) -> bool {
        self.key_prefix.as_ref().is_none_or(|prefix| {
            prefix.is_empty()
                || self
                    .command
                    .info
                    .any_key(words, |key| key.starts_with(prefix))
        })
    }
}
