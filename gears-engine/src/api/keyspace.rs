//! Reading keys: names by scanning, values by type.

use std::os::raw::{c_int, c_void};
use std::slice;
use std::time::{Duration, Instant};

use super::answer::OwnedString;
use super::{Answer, Context, api, raw};
use crate::boundary;
use crate::text::glob_matches;

/// A key with what a KeysReader tells of it (spec section 3.1).
pub(crate) struct KeyRecord {
    /// The key's name.
    pub(crate) name: Vec<u8>,
    /// Its type and value; absent when only names were asked for.
    pub(crate) value: Option<KeyValue>,
}

/// A key's value by type. Types whose value RedisGears leaves out have none.
pub(crate) enum KeyValue {
    Empty,
    String(Vec<u8>),
    Hash(Vec<(Vec<u8>, Vec<u8>)>),
    List(Vec<Vec<u8>>),
    Set,
    SortedSet,
    Module,
    /// Streams too: RedisGears does not know them here (spec section 12, 16).
    Unknown,
}

impl KeyValue {
    /// Names the type as records do.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::String(_) => "string",
            Self::Hash(_) => "hash",
            Self::List(_) => "list",
            Self::Set => "set",
            Self::SortedSet => "zset",
            Self::Module => "module",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the value of `key`.
    pub(crate) fn read(context: &Context, key: &[u8]) -> Self {
        match Key::open(context, key) {
            None => Self::Empty,
            Some(open) => open.value(context, key),
        }
    }
}

struct Key {
    raw: *mut raw::RedisModuleKey,
    _name: OwnedString,
}

impl Key {
    fn open(context: &Context, name: &[u8]) -> Option<Self> {
        let name = OwnedString::new(context, name);
        // SAFETY: the context is live and its thread holds the Redis lock.
        let raw = unsafe {
            api!(RedisModule_OpenKey(
                context.raw(),
                name.raw,
                raw::REDISMODULE_READ as c_int
            ))
        };
        (!raw.is_null()).then_some(Self { raw, _name: name })
    }

    fn value(self, context: &Context, name: &[u8]) -> KeyValue {
        // SAFETY: the key is open for reading.
        let kind = unsafe { api!(RedisModule_KeyType(self.raw)) } as isize;
        match kind {
            raw::REDISMODULE_KEYTYPE_STRING => {
                drop(self);
                string(context, name)
            }
            raw::REDISMODULE_KEYTYPE_HASH => {
                drop(self);
                KeyValue::Hash(pairs(texts(context, b"HGETALL", &[name])))
            }
            raw::REDISMODULE_KEYTYPE_LIST => {
                drop(self);
                KeyValue::List(texts(context, b"LRANGE", &[name, b"0", b"-1"]))
            }
            raw::REDISMODULE_KEYTYPE_SET => KeyValue::Set,
            raw::REDISMODULE_KEYTYPE_ZSET => KeyValue::SortedSet,
            raw::REDISMODULE_KEYTYPE_MODULE => KeyValue::Module,
            raw::REDISMODULE_KEYTYPE_EMPTY => KeyValue::Empty,
            _ => KeyValue::Unknown,
        }
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: the key is open and closed once.
        unsafe { api!(RedisModule_CloseKey(self.raw)) }
    }
}

/// Reads a string as any client does: the module API's direct access would
/// change how the server stores it.
fn string(context: &Context, name: &[u8]) -> KeyValue {
    match context.call(b"GET", &[name]) {
        Ok(Answer::Text(bytes)) => KeyValue::String(bytes),
        _ => KeyValue::Empty,
    }
}

fn texts(context: &Context, command: &[u8], arguments: &[&[u8]]) -> Vec<Vec<u8>> {
    let Ok(Answer::Array(elements)) = context.call(command, arguments) else {
        return Vec::new();
    };
    elements
        .into_iter()
        .map(|element| match element {
            Answer::Text(bytes) => bytes,
            _ => Vec::new(),
        })
        .collect()
}

fn pairs(texts: Vec<Vec<u8>>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut texts = texts.into_iter();
    let mut pairs = Vec::with_capacity(texts.len() / 2);
    while let (Some(field), Some(value)) = (texts.next(), texts.next()) {
        pairs.push((field, value));
    }
    pairs
}

/// How long one step of a scan may keep the server from other work.
const STEP: Duration = Duration::from_millis(1);

/// How many keys one step may bring.
const STEP_KEYS: usize = 1_000;

/// A walk over all keys of database 0 in small steps.
pub(crate) struct Scanner {
    cursor: *mut raw::RedisModuleScanCursor,
    pattern: Vec<u8>,
    values: bool,
    done: bool,
}

// SAFETY: the cursor is used by one thread at a time, under the Redis lock.
unsafe impl Send for Scanner {}

impl Scanner {
    /// Begins a scan for keys that match the glob `pattern`.
    pub(crate) fn new(pattern: Vec<u8>, values: bool) -> Self {
        Self {
            // SAFETY: makes a cursor, which is freed in `drop`.
            cursor: unsafe { api!(RedisModule_ScanCursorCreate()) },
            pattern,
            values,
            done: false,
        }
    }

    /// Brings the next keys; `None` when the scan is over.
    ///
    /// A step ends after a millisecond or a thousand keys, whatever comes
    /// first, so that other clients are served between steps.
    pub(crate) fn step(&mut self, context: &Context) -> Option<Vec<KeyRecord>> {
        if self.done {
            return None;
        }
        let mut found = Found {
            pattern: &self.pattern,
            names: Vec::new(),
        };
        let started = Instant::now();
        while found.names.len() < STEP_KEYS && started.elapsed() < STEP {
            // SAFETY: the context is live and its thread holds the Redis lock;
            // the callback gets back the pointer to `found`, which outlives the call.
            let more = unsafe {
                api!(RedisModule_Scan(
                    context.raw(),
                    self.cursor,
                    Some(collect_name),
                    (&raw mut found).cast::<c_void>(),
                ))
            };
            if more == 0 {
                self.done = true;
                break;
            }
        }
        let records = found.names.into_iter();
        Some(if self.values {
            records
                .map(|name| {
                    let value = KeyValue::read(context, &name);
                    KeyRecord {
                        name,
                        value: Some(value),
                    }
                })
                // A key may have expired since its name was seen.
                .filter(|record| !matches!(record.value, Some(KeyValue::Empty)))
                .collect()
        } else {
            records
                .map(|name| KeyRecord { name, value: None })
                .collect()
        })
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        // SAFETY: the cursor is ours and freed once.
        unsafe { api!(RedisModule_ScanCursorDestroy(self.cursor)) }
    }
}

struct Found<'a> {
    pattern: &'a [u8],
    names: Vec<Vec<u8>>,
}

extern "C" fn collect_name(
    _: *mut raw::RedisModuleCtx,
    name: *mut raw::RedisModuleString,
    _: *mut raw::RedisModuleKey,
    found: *mut c_void,
) {
    // A panic here loses one key of a scan, which the shield turns into
    // nothing; allocation failure is the only way to one.
    let _ = boundary::shield(|| {
        let mut length = 0;
        // SAFETY: the name is alive during the callback and `found` is what
        // `step` passed in.
        unsafe {
            let start = api!(RedisModule_StringPtrLen(name, &mut length));
            let name = slice::from_raw_parts(start.cast::<u8>(), length);
            let found = &mut *found.cast::<Found<'_>>();
            if glob_matches(found.pattern, name) {
                found.names.push(name.to_vec());
            }
        }
    });
}
