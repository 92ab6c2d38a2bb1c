//! Keys that a command still uses while a function runs within its event.
//!
//! Servers before Redis 7.2 cannot run a function when the command that caused
//! an event has ended, so a `sync` function runs in the midst of it. After its
//! event the command may go on with the key and with the value's memory: were
//! either gone, the server would crash. `SET k v EX 10` sets the expiry after
//! `set` ([`in_hand`](super::in_hand) knows it from `SET k v`); `LPOP k` looks at the list again after `lpop`. So as long as such a
//! function runs, commands that would take away what is in use are refused,
//! wherever they come from: `execute`, a script that it runs, a module.
//!
//! What each command does after its events was found out by reading and trying
//! Redis 6.2 and 7.0. An event that is not named here may be a module's, and
//! is taken for the worst.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Reason, Words, command_list, in_hand};
use crate::api::{Context, KeyValue};
use crate::lock;
use crate::registration::KeyType;

thread_local! {
    static GUARDS: RefCell<Vec<InUse>> = const { RefCell::new(Vec::new()) };
}

/// What a command does to a key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Harm {
    /// The value stays, what is in it changes.
    Changes,
    /// The key stays, its value may be another.
    Replaces,
    /// The key may be gone.
    Removes,
}

/// What a command that caused an event still uses.
#[derive(Debug)]
struct InUse {
    event: String,
    /// The event's key, and the least that must not happen to it.
    key: Option<(Vec<u8>, Harm)>,
    /// Other keys of these types may be in use too.
    types: Vec<KeyType>,
}

/// Refuses commands that take away what is in use, until dropped.
pub(crate) struct Guard(Option<Reason>);

impl Guard {
    /// Begins to guard what the command behind an event still uses.
    pub(crate) fn begin(context: &Context, event: &str, key: &[u8]) -> Self {
        let key_type = KeyValue::type_of(context, key);
        let key = match key_type {
            // What is gone already cannot be taken away.
            KeyType::Empty => None,
            _ if event == "set" && in_hand::is_done_with(context, key) => None,
            _ => least_harm(event).map(|harm| (key.to_vec(), harm)),
        };
        let types = types_in_use(event);
        if key.is_none() && types.is_empty() {
            return Self(None);
        }
        command_list::load(context);
        GUARDS.with_borrow_mut(|guards| {
            guards.push(InUse {
                event: event.to_owned(),
                key,
                types,
            });
        });
        Self(Some(Reason::new()))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // What the function ran was seen after the command that goes on now.
        in_hand::forget();
        if self.0.is_some() {
            GUARDS.with_borrow_mut(|guards| guards.pop());
        }
    }
}

/// Returns what must not happen to an event's key; nothing if the command is
/// done with it.
fn least_harm(event: &str) -> Option<Harm> {
    match event {
        // Whatever is set now, an expiry may be set after it.
        "set" => Some(Harm::Removes),
        // Not `del`: the key is gone then, or is about to go (6.2 tells of
        // emptied lists so).
        "expire" | "persist" | "rename_from" | "rename_to" | "move_from" | "move_to"
        | "copy_to" | "restore" | "append" | "setbit" | "hset" | "hincrby" | "hincrbyfloat"
        | "hdel" | "lpush" | "rpush" | "lset" | "sadd" | "srem" | "sinterstore" | "sunionstore"
        | "sdiffstore" | "zadd" | "zincr" | "zrem" | "zremrangebyrank" | "zremrangebyscore"
        | "zremrangebylex" | "zunionstore" | "zinterstore" | "zdiffstore" | "zrangestore"
        | "georadiusstore" | "geosearchstore" | "sortstore" | "xdel" | "xtrim" | "xsetid"
        | "keymiss" => None,
        _ => Some(Harm::Replaces),
    }
}

/// Commands that use several keys, of which each may be gone after the event
/// of another; whether any was seen, and the events and types that it means.
struct Several {
    commands: &'static [&'static str],
    events: &'static [&'static str],
    types: &'static [KeyType],
    seen: AtomicBool,
}

/// Few people use these, so their keys are guarded only after the first use.
static SEVERAL: [Several; 4] = [
    Several {
        commands: &["lmove", "rpoplpush", "blmove", "brpoplpush"],
        events: &["lpush", "rpush", "lpop", "rpop"],
        types: &[KeyType::List],
        seen: AtomicBool::new(false),
    },
    Several {
        commands: &["smove"],
        // The second when the source is emptied.
        events: &["srem", "del"],
        types: &[KeyType::Set],
        seen: AtomicBool::new(false),
    },
    Several {
        commands: &[
            "sunion",
            "sdiff",
            "sinter",
            "sintercard",
            "sunionstore",
            "sdiffstore",
            "sinterstore",
            "zunion",
            "zdiff",
            "zinter",
            "zintercard",
            "zunionstore",
            "zdiffstore",
            "zinterstore",
        ],
        events: &["keymiss"],
        types: &[KeyType::Set, KeyType::SortedSet],
        seen: AtomicBool::new(false),
    },
    Several {
        commands: &["lcs", "stralgo"],
        events: &["keymiss"],
        types: &[KeyType::String],
        seen: AtomicBool::new(false),
    },
];

/// Notes a command that uses several keys.
pub(super) fn note(words: &impl Words) {
    let Some(name) = words.word(0) else { return };
    for several in &SEVERAL {
        if !several.seen.load(Ordering::Relaxed)
            && several
                .commands
                .iter()
                .any(|command| name.eq_ignore_ascii_case(command.as_bytes()))
        {
            several.seen.store(true, Ordering::Relaxed);
        }
    }
}

fn types_in_use(event: &str) -> Vec<KeyType> {
    SEVERAL
        .iter()
        .filter(|several| several.events.contains(&event) && several.seen.load(Ordering::Relaxed))
        .flat_map(|several| several.types.iter().copied())
        .collect()
}

/// Checks that a command leaves alone what is in use.
///
/// # Errors
///
/// The whole error reply for one that does not.
pub(crate) fn check(words: &impl Words) -> Result<(), String> {
    GUARDS.with_borrow(
        |guards| match guards.iter().find_map(|guard| guard.harmed_by(words)) {
            None => Ok(()),
            Some((event, what)) => Err(format!(
                "ERR a sync function of the event '{event}' must not take away or replace {what}, \
             which the server may still use: register with mode='async_local', or use Redis 7.2 \
             or later"
            )),
        },
    )
}

impl InUse {
    fn harmed_by(&self, words: &impl Words) -> Option<(&str, String)> {
        let harmed = match Doing::of(words)? {
            Doing::ToEverything => Some("all keys".to_owned()),
            Doing::ToKeys(harm, keys) => keys
                .into_iter()
                .find(|key| self.is_harmed(key, harm))
                .map(|key| format!("the key '{}'", String::from_utf8_lossy(key))),
        };
        harmed.map(|harmed| (self.event.as_str(), harmed))
    }

    fn is_harmed(&self, key: &[u8], harm: Harm) -> bool {
        let is_event_key = matches!(
            &self.key,
            Some((guarded, least)) if guarded == key && harm >= *least
        );
        is_event_key
            || (!self.types.is_empty()
                && lock::with_held(|context| self.types.contains(&KeyValue::type_of(context, key))))
    }
}

/// What a command may do to what is there; every key that it may write counts.
enum Doing<'a> {
    ToEverything,
    ToKeys(Harm, Vec<&'a [u8]>),
}

impl<'a> Doing<'a> {
    /// Finds out what a command may do; nothing if it only reads or adds.
    fn of(words: &'a impl Words) -> Option<Self> {
        let name = words.word(0)?.to_ascii_lowercase();
        let name = std::str::from_utf8(&name).ok()?;
        let info = command_list::find(name);
        let keys = || match info {
            Some(info) if info.has_keys() && !info.movable_keys => info.keys(words),
            // Not known where they are: anything may be one.
            _ => (1..words.count()).filter_map(|at| words.word(at)).collect(),
        };
        let word = |at: usize| words.word(at).into_iter().collect();
        match name {
            // To the server since 7.0 a name for several commands, of which
            // some write.
            "xgroup" => Some(Self::ToKeys(Harm::Removes, keys())),
            "flushall" | "flushdb" | "swapdb" | "debug" => Some(Self::ToEverything),
            // These change a value where it is and neither empty nor trim it.
            "xadd" if !trims(words) => Some(Self::ToKeys(Harm::Changes, keys())),
            "hset" | "hmset" | "hsetnx" | "hincrby" | "hincrbyfloat" | "sadd" | "zadd"
            | "zincrby" | "geoadd" | "lpush" | "rpush" | "lpushx" | "rpushx" | "linsert"
            | "lset" | "persist" => Some(Self::ToKeys(Harm::Changes, keys())),
            "expire" | "pexpire" | "expireat" | "pexpireat" | "getex" => {
                let harm = if expires_at_once(name, words) {
                    Harm::Removes
                } else {
                    Harm::Changes
                };
                Some(Self::ToKeys(harm, keys()))
            }
            "set" | "setnx" | "setex" | "psetex" | "getset" | "mset" | "msetnx" | "append"
            | "incr" | "decr" | "incrby" | "decrby" | "incrbyfloat" | "setrange" | "setbit"
            | "bitfield" | "pfadd" => {
                let harm = if name == "set" && expires_at_once(name, words) {
                    Harm::Removes
                } else {
                    Harm::Replaces
                };
                Some(Self::ToKeys(harm, keys()))
            }
            // Of these only the destination is taken away.
            "sinterstore" | "sunionstore" | "sdiffstore" | "zunionstore" | "zinterstore"
            | "zdiffstore" | "zrangestore" | "geosearchstore" | "pfmerge" => {
                Some(Self::ToKeys(Harm::Removes, word(1)))
            }
            "copy" | "bitop" => Some(Self::ToKeys(Harm::Removes, word(2))),
            _ => match info {
                Some(info) if !info.writes => None,
                _ => Some(Self::ToKeys(Harm::Removes, keys())),
            },
        }
    }
}

/// Says whether an entry added to a stream may take others out.
fn trims(words: &impl Words) -> bool {
    (2..words.count()).any(|at| {
        let word = words.word(at).unwrap_or_default();
        word.eq_ignore_ascii_case(b"maxlen") || word.eq_ignore_ascii_case(b"minid")
    })
}

/// Says whether a key would expire at once, which deletes it.
///
/// Numbers that are none count as such; the server refuses them anyway.
fn expires_at_once(name: &str, words: &impl Words) -> bool {
    let number = |at: usize| {
        let text = words
            .word(at)
            .and_then(|word| std::str::from_utf8(word).ok());
        text.and_then(|text| text.parse::<i64>().ok())
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
    // A minute more, for a clock that the server reads at another time.
    let passed = |at: usize, unit: i64| {
        number(at).is_none_or(|time| time.saturating_mul(unit) <= now.saturating_add(60_000))
    };
    match name {
        "expire" | "pexpire" => number(2).is_none_or(|time| time <= 0),
        "expireat" => passed(2, 1000),
        "pexpireat" => passed(2, 1),
        _ => (2..words.count()).any(|at| {
            let word = words.word(at).unwrap_or_default();
            (word.eq_ignore_ascii_case(b"exat") && passed(at + 1, 1000))
                || (word.eq_ignore_ascii_case(b"pxat") && passed(at + 1, 1))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_use(event: &str, key: &str) -> InUse {
        InUse {
            event: event.to_owned(),
            key: least_harm(event).map(|harm| (key.as_bytes().to_vec(), harm)),
            types: Vec::new(),
        }
    }

    fn is_refused(event: &str, command: &str) -> bool {
        let words: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
        in_use(event, "k").harmed_by(&words.as_slice()).is_some()
    }

    #[test]
    fn a_key_that_gets_an_expiry_must_stay() {
        for command in [
            "del k",
            "UNLINK other k",
            "rename k other",
            "flushall",
            "expire k 0",
        ] {
            assert!(is_refused("set", command), "{command}");
        }
        for command in [
            "set k v",
            "incr k",
            "expire k 10",
            "del other",
            "copy k other",
        ] {
            assert!(!is_refused("set", command), "{command}");
        }
    }

    #[test]
    fn a_value_that_is_looked_at_again_must_stay() {
        for command in [
            "del k",
            "set k v",
            "lpop k",
            "sunionstore k other",
            "pexpireat k 5",
        ] {
            assert!(is_refused("lpop", command), "{command}");
        }
        for command in [
            "rpush k v",
            "persist k",
            "set other v",
            "sunionstore other k",
        ] {
            assert!(!is_refused("lpop", command), "{command}");
        }
    }

    #[test]
    fn commands_that_are_done_refuse_nothing() {
        for event in ["hset", "rpush", "expire"] {
            assert!(!is_refused(event, "del k"), "{event}");
        }
        assert!(is_refused("a module's event", "del k"));
    }

    #[test]
    fn entries_may_be_added_but_not_trimmed() {
        assert!(!is_refused("xadd", "xadd k * f v"));
        for command in [
            "xadd k MAXLEN 1 * f v",
            "xtrim k MAXLEN 0",
            "xgroup DESTROY k g",
        ] {
            assert!(is_refused("xadd", command), "{command}");
        }
    }

    #[test]
    fn a_time_that_has_passed_deletes() {
        let at_once = |command: &str| {
            let words: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
            let name = command.split(' ').next().unwrap();
            expires_at_once(name, &words.as_slice())
        };
        assert!(at_once("set k v PXAT 5") && at_once("getex k EXAT 5") && at_once("expire k -1"));
        assert!(!at_once("set k v EX 5") && !at_once("expireat k 99999999999"));
        assert!(at_once("expire k") && at_once("pexpireat k x"));
    }
}
