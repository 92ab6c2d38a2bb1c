//! What happens to keys, as the server tells it.

use std::ffi::CStr;
use std::os::raw::{c_char, c_int};
use std::slice;

use crate::{Context, Loading, LogLevel, api, keyspace, log, raw};
use crate::{boundary, held};

/// What becomes of what happens to keys.
pub trait KeyEvents {
    /// Says whether anybody listens; asked at each event.
    fn somebody_listens() -> bool;

    /// Is told of an event of any key.
    fn happened(context: &Context, event: &str, key: &[u8]);

    /// Is told of an event of a stream, after [`happened`](Self::happened).
    fn happened_to_stream(context: &Context, event: &str, key: &[u8]);
}

impl Loading<'_> {
    /// Has the server tell us of every event, whatever it is configured to
    /// tell its clients.
    pub fn key_events<E: KeyEvents>(&self) {
        let kinds = raw::REDISMODULE_NOTIFY_GENERIC
            | raw::REDISMODULE_NOTIFY_STRING
            | raw::REDISMODULE_NOTIFY_LIST
            | raw::REDISMODULE_NOTIFY_SET
            | raw::REDISMODULE_NOTIFY_HASH
            | raw::REDISMODULE_NOTIFY_ZSET
            | raw::REDISMODULE_NOTIFY_EXPIRED
            | raw::REDISMODULE_NOTIFY_EVICTED
            | raw::REDISMODULE_NOTIFY_STREAM
            | raw::REDISMODULE_NOTIFY_MODULE
            | raw::REDISMODULE_NOTIFY_KEY_MISS;
        self.subscribe(kinds, notified::<E>);
        // Apart from the others: the server keeps an event from a subscriber
        // that is dealing with one, and what a KeysReader function adds to a
        // stream has to reach the StreamReader functions.
        self.subscribe(raw::REDISMODULE_NOTIFY_STREAM, notified_of_stream::<E>);
    }

    fn subscribe(&self, kinds: c_int, callback: Callback) {
        // SAFETY: the context is live and the callback lives as long as the module.
        unsafe {
            api!(RedisModule_SubscribeToKeyspaceEvents(
                self.0.raw(),
                kinds,
                Some(callback)
            ));
        }
    }
}

type Callback = unsafe extern "C" fn(
    *mut raw::RedisModuleCtx,
    c_int,
    *const c_char,
    *mut raw::RedisModuleString,
) -> c_int;

/// # Safety
///
/// The server calls this, with its lock held, a live context, a C string and a live key.
unsafe extern "C" fn notified<E: KeyEvents>(
    context: *mut raw::RedisModuleCtx,
    _kind: c_int,
    event: *const c_char,
    key: *mut raw::RedisModuleString,
) -> c_int {
    // SAFETY: as the server calls this.
    unsafe { pass_on::<E>(context, event, key, E::happened) }
}

/// # Safety
///
/// As [`notified`].
unsafe extern "C" fn notified_of_stream<E: KeyEvents>(
    context: *mut raw::RedisModuleCtx,
    _kind: c_int,
    event: *const c_char,
    key: *mut raw::RedisModuleString,
) -> c_int {
    // SAFETY: as the server calls this.
    unsafe { pass_on::<E>(context, event, key, E::happened_to_stream) }
}

/// Passes an event on in our terms.
///
/// # Safety
///
/// The server's lock is held; context, C string and key are live.
unsafe fn pass_on<E: KeyEvents>(
    context: *mut raw::RedisModuleCtx,
    event: *const c_char,
    key: *mut raw::RedisModuleString,
    to: fn(&Context, &str, &[u8]),
) -> c_int {
    let done = boundary::shield(|| {
        if !E::somebody_listens() {
            return;
        }
        // SAFETY: the caller vouches for all three.
        let (context, event, key) = unsafe {
            let mut length = 0;
            let start = api!(RedisModule_StringPtrLen(key, &mut length));
            (
                Context::new(context),
                CStr::from_ptr(event),
                slice::from_raw_parts(start.cast::<u8>(), length),
            )
        };
        if keyspace::is_looking() && event == c"keymiss" {
            return;
        }
        let _held = held::enter(&context);
        to(&context, &event.to_string_lossy(), key);
    });
    if let Err(panic) = done {
        log(LogLevel::Warning, &panic);
    }
    raw::REDISMODULE_OK as c_int
}
