//! Whether the command that runs is done with its key when it tells of it.
//!
//! Servers before Redis 7.2 run `sync` functions within events (see
//! [`guard`](super::guard)). `SET k v EX 10` goes on with the key after its event
//! `set`, but `SET k v` does not, so there a function may even delete the key.

use std::cell::RefCell;

use super::Words;
use crate::api::Context;

thread_local! {
    /// The key of the command that was seen last, if it sets that key and
    /// leaves it alone from then on; empty is none.
    static KEY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Notes a command that is about to run.
pub(super) fn note(words: &impl Words) {
    KEY.with_borrow_mut(|key| {
        key.clear();
        if let Some(set) = set_for_good(words) {
            key.extend_from_slice(set);
        }
    });
}

/// Notes that commands may run which nobody shows us.
pub(crate) fn forget() {
    KEY.with_borrow_mut(Vec::clear);
}

/// Says whether the command behind the event `set` of this key is done with it.
///
/// Those of a transaction were seen when they were queued.
pub(super) fn is_done_with(context: &Context, key: &[u8]) -> bool {
    !key.is_empty() && !context.is_transaction() && KEY.with_borrow(|set| set == key)
}

fn set_for_good(words: &impl Words) -> Option<&[u8]> {
    let name = words.word(0)?;
    let is = |command: &[u8]| name.eq_ignore_ascii_case(command);
    let expires = |word: &[u8]| {
        [b"EX".as_slice(), b"PX", b"EXAT", b"PXAT"]
            .iter()
            .any(|option| word.eq_ignore_ascii_case(option))
    };
    let done = is(b"getset")
        || is(b"setnx")
        || is(b"set")
            && !(3..words.count())
                .filter_map(|at| words.word(at))
                .any(expires);
    if done { words.word(1) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(command: &str) -> Option<Vec<u8>> {
        let words: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
        set_for_good(&words.as_slice()).map(<[u8]>::to_vec)
    }

    #[test]
    fn commands_without_an_expiry_are_done() {
        for command in [
            "set k v",
            "SET k v NX GET",
            "set k EX",
            "SetNX k v",
            "getset k v",
        ] {
            assert_eq!(key(command).as_deref(), Some(b"k".as_slice()), "{command}");
        }
        for command in [
            "set k v EX 10",
            "SET k v nx pxat 5",
            "setex k 10 v",
            "mset k v",
            "exec",
        ] {
            assert_eq!(key(command), None, "{command}");
        }
    }
}
