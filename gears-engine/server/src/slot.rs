//! Keys of one slot, on nodes of clusters.
//!
//! Since Redis 8 and Valkey 8 a node has a table for each slot, and looks for
//! every key of a client's command in the table of that command's slot: also for
//! those of the commands that a function runs meanwhile. A key of another slot
//! would be put where nobody finds it, and the node would not start again.

use std::cell::Cell;

use crate::answer::{OwnedString, call_raw};
use crate::command_keys::{CommandKeys, ServerWords};
use crate::filter::Unfiltered;
use crate::held;
use crate::key_place::KeyPlace;
use crate::known::Known;
use crate::{Arguments, CallFailure, Code, Command, Context, INNER_HOOK, Refusal, raw};

/// In which tables the server looks for keys at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tables {
    /// In that of each key.
    All,
    /// In that of one slot.
    Of(u32),
    /// In that of a slot which nobody tells us.
    OfUnknown,
}

/// Tells the slot of a key.
pub(crate) type SlotFunction = unsafe extern "C" fn(*mut raw::RedisModuleString) -> u32;

thread_local! {
    static TABLES: Cell<Tables> = const { Cell::new(Tables::All) };
}

/// Notes the slot of a client's command, until dropped.
pub(crate) struct AtSlot(Tables);

impl Drop for AtSlot {
    fn drop(&mut self) {
        TABLES.set(self.0);
    }
}

impl Context {
    /// Notes the slot of one of our commands.
    ///
    /// Where it is one of several, theirs is the slot.
    pub(crate) fn at_slot<C: Command>(&self, words: Arguments<'_>) -> AtSlot {
        let before = TABLES.get();
        // What a function runs has the slot of the client's command.
        if !held::is_held()
            && let Some(slot_of) = self.slot_function()
        {
            let several = self.is_one_of_several();
            let slot = if C::NAME != INNER_HOOK {
                let first = usize::try_from(C::KEYS.0).ok().filter(|first| *first > 0);
                let key = first.and_then(|first| words.string(first));
                // SAFETY: the string is live during the call.
                key.map(|key| unsafe { slot_of(key) })
            } else if several {
                // The words of the hooked command begin after our command's name.
                let hooked: Vec<_> = words.from(1).collect();
                self.slots(slot_of, &hooked).first().copied()
            } else {
                // Ours takes the place of the hooked command, and has no keys itself.
                None
            };
            TABLES.set(match slot {
                Some(slot) => Tables::Of(slot),
                None if several => Tables::OfUnknown,
                None => Tables::All,
            });
        }
        AtSlot(before)
    }

    /// Refuses a command with keys of several slots, or of another slot than
    /// that of the client's command.
    ///
    /// The server would refuse several slots too; Valkey 9 goes on to refuse
    /// whatever a module runs after that. To ask the server for the keys takes as
    /// long as a simple command itself, so that is done only where nothing else
    /// tells them.
    pub(crate) fn check_slot(
        &self,
        name: &[u8],
        arguments: &[&[u8]],
        known: Option<Known>,
    ) -> Result<(), CallFailure> {
        let Some(slot_of) = self.slot_function() else {
            return Ok(());
        };
        let slots = match known.map_or(KeyPlace::Untold, |known| known.key) {
            KeyPlace::Nowhere => return Ok(()),
            KeyPlace::At(_) if TABLES.get() == Tables::All => return Ok(()),
            KeyPlace::At(place) => {
                let key = arguments
                    .get(place - 1)
                    .map(|key| OwnedString::new(self, key));
                // SAFETY: the string is live until the end of the block.
                key.iter().map(|key| unsafe { slot_of(key.raw) }).collect()
            }
            KeyPlace::Untold => {
                let mut words = vec![name];
                words.extend_from_slice(arguments);
                self.slots(slot_of, &words)
            }
        };
        let Some(slot) = slots.first() else {
            return Ok(());
        };
        let refusal = if slots.iter().any(|other| other != slot) {
            "Keys in request don't hash to the same slot"
        } else {
            match TABLES.get() {
                Tables::All => return Ok(()),
                Tables::Of(own) if own == *slot => return Ok(()),
                Tables::Of(_) => {
                    "a sync function uses keys of the slot of its client's command only: \
                     use mode='async_local'"
                }
                Tables::OfUnknown => {
                    "in a transaction or script a sync function uses keys only if its \
                     call tells their slot: call it by RG.TRIGGERONKEY with one of them"
                }
            }
        };
        Err(Refusal::with_code(Code::CrossSlot, refusal).into())
    }

    /// Says whether another node of the cluster serves a key.
    ///
    /// No part of the module API tells whose a slot is, but the server runs no
    /// command for a module whose key is another node's. This one looks at a key
    /// without an event of its own (`keymiss`).
    pub fn is_elsewhere(&self, key: &[u8]) -> bool {
        if !self.is_in_cluster() {
            return false;
        }
        let _unfiltered = Unfiltered::next();
        let refusal = call_raw(self, c"MEMORY", c"v", &[b"USAGE", key]).err();
        matches!(refusal, Some(libc::EPERM | libc::ENETDOWN))
    }

    /// Returns the keys of a command, as far as the server knows where they are.
    pub fn keys_of(&self, words: &[&[u8]]) -> Vec<Vec<u8>> {
        match ServerWords::new(self, words).keys(self) {
            CommandKeys::At(places) => places
                .into_iter()
                .filter_map(|place| words.get(place).map(|word| word.to_vec()))
                .collect(),
            CommandKeys::WrongArity | CommandKeys::Unknown => Vec::new(),
        }
    }

    /// Returns what tells a key's slot, on nodes with a table for each.
    pub(crate) fn slot_function(&self) -> Option<SlotFunction> {
        if !self.is_in_cluster() {
            return None;
        }
        // SAFETY: reads a pointer that the server wrote before.
        unsafe { raw::RedisModule_ClusterKeySlot }
    }

    /// Returns the slots of a command's keys.
    fn slots(&self, slot_of: SlotFunction, words: &[&[u8]]) -> Vec<u32> {
        let mut strings = ServerWords::new(self, words);
        match strings.keys(self) {
            CommandKeys::At(places) => places
                .into_iter()
                .filter_map(|place| strings.at(place))
                // SAFETY: the string is live as long as `strings`.
                .map(|key| unsafe { slot_of(key) })
                .collect(),
            CommandKeys::WrongArity | CommandKeys::Unknown => Vec::new(),
        }
    }
}
