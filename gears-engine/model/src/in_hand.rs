//! Entries of streams that executions are in the middle of.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Which entries of which streams an execution was given and has not yet ended with.
///
/// The server counts them as delivered and not acknowledged, as it does those that a server had in hand when it
/// died. A registration that begins to read looks for the latter, and would run what another one is in the middle
/// of a second time: one that it takes the place of, say.
#[derive(Debug, Default)]
pub struct InHand {
    streams: Mutex<HashMap<Vec<u8>, HashSet<Vec<u8>>>>,
}

impl InHand {
    /// Takes entries of a stream in hand.
    pub fn take<'a>(&self, key: &[u8], ids: impl Iterator<Item = &'a [u8]>) {
        let mut ids = ids.peekable();
        if ids.peek().is_some() {
            let mut streams = self.streams();
            let entries = streams.entry(key.to_vec()).or_default();
            entries.extend(ids.map(<[u8]>::to_vec));
        }
    }

    /// Tells whether an execution has an entry in hand.
    pub fn has(&self, key: &[u8], id: &[u8]) -> bool {
        self.streams().get(key).is_some_and(|ids| ids.contains(id))
    }

    /// Lets go of entries, which were acknowledged or are left to whoever looks for them.
    pub fn release<'a>(&self, key: &[u8], ids: impl Iterator<Item = &'a [u8]>) {
        let mut streams = self.streams();
        let Some(entries) = streams.get_mut(key) else {
            return;
        };
        for id in ids {
            entries.remove(id);
        }
        if entries.is_empty() {
            streams.remove(key);
        }
    }

    fn streams(&self) -> MutexGuard<'_, HashMap<Vec<u8>, HashSet<Vec<u8>>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_let_go_is_in_nobodys_hand() {
        let in_hand = InHand::default();
        let ids = |ids: &'static [&'static str]| ids.iter().map(|id| id.as_bytes());
        in_hand.take(b"s", ids(&["1-0", "2-0"]));
        in_hand.take(b"t", ids(&["1-0"]));
        in_hand.take(b"u", ids(&[]));
        assert!(in_hand.has(b"s", b"2-0") && !in_hand.has(b"s", b"3-0"));
        in_hand.release(b"s", ids(&["1-0", "9-0"]));
        assert!(!in_hand.has(b"s", b"1-0") && in_hand.has(b"t", b"1-0"));
        in_hand.release(b"s", ids(&["2-0"]));
        in_hand.release(b"t", ids(&["1-0"]));
        in_hand.release(b"t", ids(&["1-0"]));
        assert!(
            in_hand.streams().is_empty(),
            "no stream is remembered for ever"
        );
    }
}
