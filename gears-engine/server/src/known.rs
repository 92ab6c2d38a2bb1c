//! What the server says of commands, remembered for those that functions run.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CStr;
use std::sync::{Mutex, PoisonError};

use crate::forbidden::is_free;
use crate::key_place::KeyPlace;
use crate::recent::Recent;
use crate::{Answer, Context};

/// How many commands are remembered at most, lest a script fill the memory.
const MOST_KNOWN: usize = 1_000;

/// The longest word that is taken for a subcommand.
const LONGEST_SUBCOMMAND: usize = 32;

/// What a command does to the data, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    None,
    /// Replicas get it, although it does not write: messages.
    Replicated,
    Write,
}

/// What the server says of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) effect: Effect,
    /// Whether it is refused when the memory is used up.
    pub(crate) needs_memory: bool,
    /// Whether it begins or ends that its client gets messages.
    pub(crate) subscribes: bool,
    /// Whether it is not to run within a transaction.
    pub(crate) alone: bool,
    /// Whether the server asks its settings before it runs it for a client.
    pub(crate) protected: bool,
    /// Where its key is.
    pub(crate) key: KeyPlace,
    /// Whether functions may run it everywhere, with whatever arguments.
    pub(crate) free: bool,
    /// Whether it stands for several commands.
    has_subcommands: bool,
}

thread_local! {
    /// Commands without subcommands that this thread ran last, as functions spell them.
    static RECENT: RefCell<Recent<Known>> = const { RefCell::new(Recent::new()) };
}

impl Known {
    /// Reads one element of `COMMAND INFO`: name, arity, flags, …
    fn read(name: &[u8], description: &Answer) -> Option<Self> {
        let Answer::Array(parts) = description else {
            return None;
        };
        let Some(Answer::Array(flags)) = parts.get(2) else {
            return None;
        };
        let has = |name: &[u8]| {
            flags
                .iter()
                .any(|flag| matches!(flag, Answer::Text(flag) if flag == name))
        };
        let effect = if has(b"write") {
            Effect::Write
        } else if has(b"may_replicate") {
            Effect::Replicated
        } else {
            Effect::None
        };
        let mut known = Self {
            effect,
            needs_memory: has(b"denyoom"),
            subscribes: has(b"pubsub") && has(b"noscript"),
            alone: has(b"no_multi"),
            protected: has(b"protected"),
            key: KeyPlace::read(parts),
            has_subcommands: matches!(
                parts.get(9),
                Some(Answer::Array(subcommands)) if !subcommands.is_empty()
            ),
            free: false,
        };
        known.free = is_free(name, known);
        Some(known)
    }
}

/// What is known of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Knowledge {
    Command(Known),
    /// The server has no such command.
    NoCommand,
    /// The server does not say, because its `COMMAND` was renamed.
    Untold,
}

/// Says whether a command is remembered as one that is never refused when the memory is used up.
pub(crate) fn needs_no_memory(command: &[u8]) -> bool {
    RECENT.with_borrow(|recent| recent.find(command).is_some_and(|it| !it.needs_memory))
}

impl Context {
    /// Asks the server what it knows of a command, or of the subcommand that the
    /// first argument names.
    pub(crate) fn knowledge(&self, command: &CStr, arguments: &[&[u8]]) -> Knowledge {
        let spelt = command.to_bytes();
        if let Some(known) = RECENT.with_borrow(|recent| recent.find(spelt).copied()) {
            return Knowledge::Command(known);
        }
        let name = spelt.to_ascii_lowercase();
        // To the server since 7.0, a subcommand is a command with such a name.
        if name.contains(&b'|') {
            return Knowledge::NoCommand;
        }
        let known = match self.known(&name) {
            Knowledge::Command(known) if known.has_subcommands => known,
            Knowledge::Command(known) => {
                RECENT.with_borrow_mut(|recent| recent.keep(spelt, known));
                return Knowledge::Command(known);
            }
            other => return other,
        };
        let Some(subcommand) = arguments.first().filter(|word| {
            word.len() < LONGEST_SUBCOMMAND
                && word
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        }) else {
            return Knowledge::Command(known);
        };
        let full_name = [&name, b"|".as_slice(), &subcommand.to_ascii_lowercase()].concat();
        match self.known(&full_name) {
            Knowledge::Command(subcommand) => Knowledge::Command(subcommand),
            _ => Knowledge::Command(known),
        }
    }

    fn known(&self, name: &[u8]) -> Knowledge {
        static KNOWN: Mutex<Option<HashMap<Vec<u8>, Known>>> = Mutex::new(None);
        let remembered = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = remembered().as_ref().and_then(|known| known.get(name)) {
            return Knowledge::Command(*known);
        }
        let Some(Answer::Array(commands)) = self.ask(c"COMMAND", &[b"INFO", name]) else {
            return Knowledge::Untold;
        };
        // What does not exist is not remembered: a module may bring it later.
        let Some(known) = commands.first().and_then(|one| Known::read(name, one)) else {
            return Knowledge::NoCommand;
        };
        let mut remembered = remembered();
        let remembered = remembered.get_or_insert_default();
        if remembered.len() < MOST_KNOWN {
            remembered.insert(name.to_vec(), known);
        }
        Knowledge::Command(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Answer {
        Answer::Text(text.as_bytes().to_vec())
    }

    fn read(flags: &[&str]) -> Known {
        let flags = flags.iter().map(|flag| text(flag)).collect();
        let description = [text("name"), Answer::Integer(1), Answer::Array(flags)];
        Known::read(b"name", &Answer::Array(description.to_vec())).unwrap()
    }

    #[test]
    fn the_strongest_effect_counts() {
        assert_eq!(read(&["write", "may_replicate"]).effect, Effect::Write);
        assert_eq!(read(&["may_replicate", "fast"]).effect, Effect::Replicated);
        assert_eq!(read(&["readonly"]).effect, Effect::None);
    }

    #[test]
    fn messages_are_sent_without_a_subscription() {
        assert!(read(&["pubsub", "noscript"]).subscribes);
        assert!(!read(&["pubsub", "fast"]).subscribes);
    }

    #[test]
    fn no_description_is_no_command() {
        assert_eq!(Known::read(b"name", &Answer::Nil), None);
    }
}
