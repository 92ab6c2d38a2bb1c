//! Reading one key: its type and its value.

use std::cell::Cell;
use std::ffi::CStr;
use std::os::raw::c_int;
use std::slice;

use crate::KeyType;
use crate::answer::OwnedString;
use crate::{Answer, CallFailure, Context, api, raw};

/// A key's value by type. Types whose value RedisGears leaves out have none.
pub enum KeyValue {
    /// There is no such key.
    Empty,
    /// A string.
    String(Vec<u8>),
    /// Fields and their values.
    Hash(Vec<(Vec<u8>, Vec<u8>)>),
    /// A list from its head to its tail.
    List(Vec<Vec<u8>>),
    /// A set, which is not read.
    Set,
    /// A sorted set, which is not read.
    SortedSet,
    /// A module's value, which is not read.
    Module,
    /// Streams too: RedisGears does not know them here (spec section 12, 16).
    Unknown,
}

impl KeyValue {
    /// Names the type as records do.
    pub fn type_name(&self) -> &'static str {
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

    /// Counts the bytes of the value, roughly.
    pub fn size(&self) -> usize {
        match self {
            Self::String(bytes) => bytes.len(),
            Self::Hash(pairs) => pairs
                .iter()
                .map(|(field, value)| field.len() + value.len())
                .sum(),
            Self::List(elements) => elements.iter().map(Vec::len).sum(),
            _ => 0,
        }
    }

    /// Finds out the type of `key`.
    pub fn type_of(context: &Context, key: &[u8]) -> KeyType {
        match Key::open(context, key).map(|key| key.kind()) {
            Some(raw::REDISMODULE_KEYTYPE_STRING) => KeyType::String,
            Some(raw::REDISMODULE_KEYTYPE_HASH) => KeyType::Hash,
            Some(raw::REDISMODULE_KEYTYPE_LIST) => KeyType::List,
            Some(raw::REDISMODULE_KEYTYPE_SET) => KeyType::Set,
            Some(raw::REDISMODULE_KEYTYPE_ZSET) => KeyType::SortedSet,
            Some(raw::REDISMODULE_KEYTYPE_MODULE) => KeyType::Module,
            Some(raw::REDISMODULE_KEYTYPE_STREAM) => KeyType::Stream,
            _ => KeyType::Empty,
        }
    }

    /// Reads the value of `key`.
    ///
    /// # Errors
    ///
    /// The server's own text: it may lack the command, or refuse the key. Without
    /// its value the key must not pass for one that is empty or not there.
    pub fn read(context: &Context, key: &[u8]) -> Result<Self, CallFailure> {
        match Key::open(context, key) {
            None => Ok(Self::Empty),
            Some(open) => open.value(context, key),
        }
    }
}

impl Context {
    /// Says whether `key` is a stream.
    pub fn is_stream(&self, key: &[u8]) -> bool {
        KeyValue::type_of(self, key) == KeyType::Stream
    }
}

thread_local! {
    /// Whether this thread looks at a key for a record.
    static LOOKING: Cell<bool> = const { Cell::new(false) };
}

/// Says whether a missed key was missed by the engine alone, which is no event:
/// the record of a deleted key would cause the next, without end.
pub(crate) fn is_looking() -> bool {
    LOOKING.get()
}

struct Looking {
    before: bool,
}

impl Looking {
    fn begin() -> Self {
        Self {
            before: LOOKING.replace(true),
        }
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        LOOKING.set(self.before);
    }
}

struct Key {
    opened: Opened,
    _name: OwnedString,
}

/// Hands on the bytes of a string that is at least so long that the server keeps them by
/// themselves; says no if there is none.
pub(crate) fn long_string(
    context: &Context,
    name: &OwnedString,
    least: usize,
    take: impl FnOnce(&[u8]),
) -> bool {
    let Some(key) = open(context, name).map(Opened) else {
        return false;
    };
    if key.kind() != raw::REDISMODULE_KEYTYPE_STRING {
        return false;
    }
    let mut length = 0;
    // SAFETY: the key is open for reading; the bytes stay as they are until it is closed.
    unsafe {
        if api!(RedisModule_ValueLength(key.0)) < least {
            return false;
        }
        let start = api!(RedisModule_StringDMA(
            key.0,
            &mut length,
            raw::REDISMODULE_READ as c_int
        ));
        if start.is_null() {
            return false;
        }
        take(slice::from_raw_parts(start.cast::<u8>(), length));
    }
    true
}

/// A key that is open for reading.
struct Opened(*mut raw::RedisModuleKey);

impl Opened {
    fn kind(&self) -> isize {
        // SAFETY: the key is open for reading.
        let kind = unsafe { api!(RedisModule_KeyType(self.0)) };
        kind as isize
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: the key is open and closed once.
        unsafe { api!(RedisModule_CloseKey(self.0)) }
    }
}

fn open(context: &Context, name: &OwnedString) -> Option<*mut raw::RedisModuleKey> {
    let _looking = Looking::begin();
    // SAFETY: the context is live and its thread holds the Redis lock.
    let key = unsafe {
        api!(RedisModule_OpenKey(
            context.raw(),
            name.raw,
            raw::REDISMODULE_READ as c_int
        ))
    };
    (!key.is_null()).then_some(key)
}

impl Key {
    fn open(context: &Context, name: &[u8]) -> Option<Self> {
        let name = OwnedString::new(context, name);
        let opened = open(context, &name).map(Opened)?;
        Some(Self {
            opened,
            _name: name,
        })
    }

    fn kind(&self) -> isize {
        self.opened.kind()
    }

    fn value(self, context: &Context, name: &[u8]) -> Result<KeyValue, CallFailure> {
        Ok(match self.kind() {
            raw::REDISMODULE_KEYTYPE_STRING => {
                drop(self);
                string(context, name)?
            }
            raw::REDISMODULE_KEYTYPE_HASH => {
                drop(self);
                KeyValue::Hash(pairs(texts(context, c"HGETALL", &[name])?))
            }
            raw::REDISMODULE_KEYTYPE_LIST => {
                drop(self);
                KeyValue::List(texts(context, c"LRANGE", &[name, b"0", b"-1"])?)
            }
            raw::REDISMODULE_KEYTYPE_SET => KeyValue::Set,
            raw::REDISMODULE_KEYTYPE_ZSET => KeyValue::SortedSet,
            raw::REDISMODULE_KEYTYPE_MODULE => KeyValue::Module,
            raw::REDISMODULE_KEYTYPE_EMPTY => KeyValue::Empty,
            _ => KeyValue::Unknown,
        })
    }
}

/// Reads a string as any client does: the module API's direct access would
/// change how the server stores it, which a command that is under way may not
/// survive.
fn string(context: &Context, name: &[u8]) -> Result<KeyValue, CallFailure> {
    Ok(match context.ask_or_fail(c"GET", &[name])? {
        Answer::Text(bytes) => KeyValue::String(bytes),
        _ => KeyValue::Empty,
    })
}

fn texts(
    context: &Context,
    command: &CStr,
    arguments: &[&[u8]],
) -> Result<Vec<Vec<u8>>, CallFailure> {
    let Answer::Array(elements) = context.ask_or_fail(command, arguments)? else {
        return Ok(Vec::new());
    };
    let texts = elements.into_iter().map(|element| match element {
        Answer::Text(bytes) => bytes,
        _ => Vec::new(),
    });
    Ok(texts.collect())
}

fn pairs(texts: Vec<Vec<u8>>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut texts = texts.into_iter();
    let mut pairs = Vec::with_capacity(texts.len() / 2);
    while let (Some(field), Some(value)) = (texts.next(), texts.next()) {
        pairs.push((field, value));
    }
    pairs
}
