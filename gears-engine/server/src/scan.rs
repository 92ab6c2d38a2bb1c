//! Walking over all keys in small steps.

mod batch;
mod strings;

use std::os::raw::c_void;
use std::slice;
use std::time::{Duration, Instant};

pub use self::batch::{KeyBatch, ValueView};
use self::{
    batch::{Found, Stored},
    strings::{LONG, Named},
};

use crate::answer::OwnedString;
use crate::boundary;
use crate::text::glob_matches;
use crate::{Answer, Context, api, raw};

/// How long one step of a scan may keep the server from other work.
const STEP: Duration = Duration::from_millis(1);

/// How many keys one step may bring.
const STEP_KEYS: usize = 1_000;

/// How many values are read at once: what a walk has just looked at is in the processor's cache,
/// and what it looked at a thousand keys before takes three times as long.
const READ_KEYS: usize = 100;

/// How many bytes of long strings one step may bring, and one string more.
const STEP_BYTES: usize = 1 << 20;

/// What a scan brings of each key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bring {
    /// Nothing but that it is there.
    Count,
    /// Names alone.
    Names,
    /// Names and values.
    NamesAndValues,
}

/// A walk over the keys of database 0 whose names match a glob.
pub struct Scanner {
    cursor: *mut raw::RedisModuleScanCursor,
    pattern: Vec<u8>,
    bring: Bring,
    slot_of: Option<fn(&[u8]) -> u16>,
    done: bool,
}

// SAFETY: the cursor is used by one thread at a time, under the Redis lock.
unsafe impl Send for Scanner {}

impl Scanner {
    /// Begins a walk.
    pub fn new(pattern: Vec<u8>, bring: Bring) -> Self {
        Self {
            // SAFETY: makes a cursor, which is freed in `drop`.
            cursor: unsafe { api!(RedisModule_ScanCursorCreate()) },
            pattern,
            bring,
            slot_of: None,
            done: false,
        }
    }

    /// Has it read values of one slot at once in a cluster; the function tells that of a key.
    #[must_use]
    pub fn by_slot(mut self, slot_of: fn(&[u8]) -> u16) -> Self {
        self.slot_of = Some(slot_of);
        self
    }

    /// Has the next steps bring this of each key.
    pub fn bring(&mut self, bring: Bring) {
        self.bring = bring;
    }

    /// Says whether there are no more keys.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Brings the next keys; `None` when the walk is over.
    ///
    /// A step ends after a millisecond or a thousand keys, whatever comes
    /// first, so that other clients are served between steps.
    pub fn step(&mut self, context: &Context) -> Option<KeyBatch> {
        if self.done {
            return None;
        }
        let mut step = Step {
            context,
            pattern: &self.pattern,
            bring: self.bring,
            batch: KeyBatch::default(),
            slot_of: self.slot_of.filter(|_| context.is_in_cluster()),
            strings: Vec::new(),
            read: 0,
            bytes: 0,
        };
        let started = Instant::now();
        let mut turns: u32 = 0;
        while step.batch.keys.len() < STEP_KEYS && step.bytes < STEP_BYTES {
            if step.batch.keys.len() - step.read >= READ_KEYS && !step.read_values() {
                break;
            }
            // The clock is asked now and then: a turn takes less time than it.
            turns = turns.wrapping_add(1);
            if turns.is_multiple_of(32) && started.elapsed() >= STEP {
                break;
            }
            // SAFETY: the context is live and its thread holds the Redis lock;
            // the callback gets back the pointer to `step`, which outlives the call.
            let more = unsafe {
                api!(RedisModule_Scan(
                    context.raw(),
                    self.cursor,
                    Some(found),
                    (&raw mut step).cast::<c_void>(),
                ))
            };
            if more == 0 {
                self.done = true;
                break;
            }
        }
        step.read_values();
        step.batch.drop_vanished();
        Some(step.batch)
    }
}

impl Context {
    /// Returns how many keys database 0 has, if the server's own count is exact:
    /// it is when no key can have expired without being removed.
    pub fn exact_key_count(&self) -> Option<usize> {
        let Ok(Answer::Text(info)) = self.call(b"INFO", &[b"keyspace"]) else {
            return None;
        };
        key_count(&String::from_utf8_lossy(&info))
    }
}

/// Reads the line `db0:keys=5,expires=0,…`, which is missing when there are none.
fn key_count(info: &str) -> Option<usize> {
    let Some(line) = info.lines().find_map(|line| line.strip_prefix("db0:")) else {
        return info.contains("# Keyspace").then_some(0);
    };
    let field = |name: &str| {
        line.split(',')
            .find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
            .and_then(|number| number.trim().parse::<usize>().ok())
    };
    (field("expires")? == 0).then(|| field("keys"))?
}

impl Drop for Scanner {
    fn drop(&mut self) {
        // SAFETY: the cursor is ours and freed once.
        unsafe { api!(RedisModule_ScanCursorDestroy(self.cursor)) }
    }
}

struct Step<'a> {
    context: &'a Context,
    pattern: &'a [u8],
    bring: Bring,
    batch: KeyBatch,
    /// In a cluster, how to find the slot of a key.
    slot_of: Option<fn(&[u8]) -> u16>,
    /// The strings, with their names as the server has them.
    strings: Vec<Named>,
    /// How many keys have their values.
    read: usize,
    /// How long the long ones are together.
    bytes: usize,
}

impl Step<'_> {
    /// Reads the values of what was found, which the scan's callback must not do; says no if one
    /// cannot be read.
    fn read_values(&mut self) -> bool {
        self.batch.read_strings(self.context, &self.strings);
        self.strings.clear();
        let read = self.batch.read_rest(self.context, self.read);
        self.read = self.batch.keys.len();
        read
    }

    /// # Safety
    ///
    /// `name` is a live string, of these bytes; `key` is null or the open key of that name. Both
    /// live during the call.
    unsafe fn add(
        &mut self,
        name: *mut raw::RedisModuleString,
        bytes: &[u8],
        key: *mut raw::RedisModuleKey,
    ) {
        if !(self.pattern == b"*" || glob_matches(self.pattern, bytes)) {
            return;
        }
        // SAFETY: the caller promises an open key.
        if !key.is_null() && unsafe { api!(RedisModule_GetExpire(key)) } == 0 {
            // Its time is over, the server has only not removed it.
            return;
        }
        self.batch.count += 1;
        if self.bring == Bring::Count {
            return;
        }
        let value = match self.bring {
            // SAFETY: as above.
            Bring::NamesAndValues => unsafe { self.later(key) },
            _ => Stored::None,
        };
        let is_string = matches!(value, Stored::LaterString | Stored::LaterLong);
        if is_string {
            // SAFETY: the string is live, and the server counts us among those who have it.
            let name = unsafe {
                api!(RedisModule_RetainString(std::ptr::null_mut(), name));
                OwnedString::adopt(self.context, name)
            };
            self.strings.push((self.batch.keys.len(), name));
        }
        let slot = self.slot_of.filter(|_| is_string);
        let name = self.batch.add_text(bytes);
        self.batch.keys.push(Found {
            name,
            value,
            slot: slot.map(|slot_of| slot_of(bytes)),
        });
    }

    /// Says how the value is to be read when the step has its keys.
    ///
    /// # Safety
    ///
    /// `key` is null or an open key.
    unsafe fn later(&mut self, key: *mut raw::RedisModuleKey) -> Stored {
        // SAFETY: the caller promises an open key; a null one has no type.
        let length = unsafe {
            if api!(RedisModule_KeyType(key)) as isize != raw::REDISMODULE_KEYTYPE_STRING {
                return Stored::Later;
            }
            api!(RedisModule_ValueLength(key))
        };
        if length < LONG {
            return Stored::LaterString;
        }
        self.bytes += length;
        Stored::LaterLong
    }
}

extern "C" fn found(
    _: *mut raw::RedisModuleCtx,
    name: *mut raw::RedisModuleString,
    key: *mut raw::RedisModuleKey,
    step: *mut c_void,
) {
    // A panic here loses one key of a scan, which the shield turns into
    // nothing; allocation failure is the only way to one.
    let _ = boundary::shield(|| {
        let mut length = 0;
        // SAFETY: name and key are alive during the callback and `step` is what
        // the scan passed in.
        unsafe {
            let start = api!(RedisModule_StringPtrLen(name, &mut length));
            let bytes = slice::from_raw_parts(start.cast::<u8>(), length);
            (*step.cast::<Step<'_>>()).add(name, bytes, key);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::key_count;

    #[test]
    fn the_servers_count_is_taken_only_when_it_is_exact() {
        let info = |keyspace: &str| format!("# Keyspace\r\n{keyspace}");
        assert_eq!(key_count(&info("")), Some(0));
        assert_eq!(
            key_count(&info("db1:keys=7,expires=0,avg_ttl=0\r\n")),
            Some(0)
        );
        assert_eq!(
            key_count(&info("db0:keys=5,expires=0,avg_ttl=0\r\n")),
            Some(5)
        );
        assert_eq!(key_count(&info("db0:keys=5,expires=1,avg_ttl=9\r\n")), None);
        assert_eq!(key_count("something else"), None);
    }
}
