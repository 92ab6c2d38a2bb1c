//! Keys in the order of their slots, where the server does not keep them so.
//!
//! A node of a cluster reads keys of one slot at once, and no others. Before Redis 8 and Valkey 8
//! it walks over all its keys as they come, and neighbours are hardly ever of one slot. So names are
//! gathered first, in steps as always, and then their values are read slot by slot: more at a time
//! as the walk goes on, lest whoever wants few keys waits for many.

use super::batch::{Found, KeyBatch, Stored};
use super::{STEP_BYTES, STEP_KEYS};
use crate::Context;
use crate::answer::OwnedString;

/// How many names are gathered at most.
const MOST: usize = 1 << 16;

/// Keys whose values are read later.
#[derive(Default)]
pub(super) struct Window {
    /// The keys: of those before `next` the values were read.
    pub(super) keys: KeyBatch,
    next: usize,
    /// How many there are to be before the next values are read.
    size: usize,
    is_whole: bool,
}

impl Window {
    /// Says whether there are keys whose values were not read.
    pub(super) fn has_more(&self) -> bool {
        self.next < self.keys.keys.len()
    }

    /// Says whether more keys are to come before the next values are read.
    pub(super) fn wants_more(&self) -> bool {
        !self.is_whole
    }

    /// Notes that a step has added keys, the last ones if `is_last`.
    pub(super) fn note_added(&mut self, is_last: bool) {
        let length = self.keys.keys.len();
        self.is_whole = is_last || length >= self.size;
        if self.is_whole {
            self.size = MOST.min(length * 2);
            self.keys.keys.sort_unstable_by_key(|key| key.slot);
        }
    }

    /// Brings the next keys with their values.
    pub(super) fn read(&mut self, context: &Context) -> KeyBatch {
        let mut batch = KeyBatch::default();
        let mut strings = Vec::new();
        let mut bytes = 0;
        for key in self.keys.keys[self.next..].iter_mut().take(STEP_KEYS) {
            if bytes >= STEP_BYTES {
                break;
            }
            let name = &self.keys.texts[key.name.clone()];
            match key.value {
                Stored::LaterString => {
                    strings.push((batch.keys.len(), OwnedString::new(context, name)))
                }
                Stored::LaterLong(length) => {
                    bytes += length;
                    strings.push((batch.keys.len(), OwnedString::new(context, name)));
                }
                _ => {}
            }
            let name = batch.add_text(name);
            batch.keys.push(Found {
                name,
                value: std::mem::take(&mut key.value),
                slot: key.slot,
            });
        }
        batch.count = batch.keys.len();
        self.next += batch.count;
        if !self.has_more() {
            self.keys = KeyBatch::default();
            self.next = 0;
            self.is_whole = false;
        }
        batch.read_strings(context, &strings);
        batch.read_rest(context);
        batch
    }
}
