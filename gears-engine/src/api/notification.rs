//! What happens to keys, as the server tells it.

use std::ffi::CStr;
use std::os::raw::{c_char, c_int, c_void};
use std::slice;

use super::{Context, Loading, LogLevel, api, keyspace, log, raw};
use crate::{boundary, event, lock};

impl Loading<'_> {
    /// Has the server tell us of every event, whatever it is configured to
    /// tell its clients.
    pub(crate) fn key_events(&self) {
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
        self.subscribe(kinds, notified);
        // Apart from the others: the server keeps an event from a subscriber
        // that is dealing with one, and what a KeysReader function adds to a
        // stream has to reach the StreamReader functions.
        self.subscribe(raw::REDISMODULE_NOTIFY_STREAM, notified_of_stream);
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
unsafe extern "C" fn notified(
    context: *mut raw::RedisModuleCtx,
    _kind: c_int,
    event: *const c_char,
    key: *mut raw::RedisModuleString,
) -> c_int {
    // SAFETY: as the server calls this.
    unsafe { pass_on(context, event, key, false, event::happened) }
}

/// # Safety
///
/// As [`notified`].
unsafe extern "C" fn notified_of_stream(
    context: *mut raw::RedisModuleCtx,
    _kind: c_int,
    event: *const c_char,
    key: *mut raw::RedisModuleString,
) -> c_int {
    // SAFETY: as the server calls this.
    unsafe { pass_on(context, event, key, true, event::happened_to_stream) }
}

/// Passes an event on in our terms.
///
/// # Safety
///
/// The server's lock is held; context, C string and key are live.
unsafe fn pass_on(
    context: *mut raw::RedisModuleCtx,
    event: *const c_char,
    key: *mut raw::RedisModuleString,
    at_once: bool,
    to: fn(&Context, &str, &[u8]),
) -> c_int {
    let done = boundary::shield(|| {
        if !event::somebody_listens() {
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
        // A function that reads streams runs at once, within the command.
        let _slot = at_once.then(|| context.at_slot_of_key(key));
        let _held = lock::enter(&context);
        to(&context, &event.to_string_lossy(), key);
    });
    if let Err(panic) = done {
        log(LogLevel::Warning, &panic);
    }
    raw::REDISMODULE_OK as c_int
}

type Work = Box<dyn FnOnce(&Context) + Send>;

/// Says whether the server can do work when the command that caused an event
/// has ended (since Redis 7.2).
pub(crate) fn has_after_command() -> bool {
    // SAFETY: reads a pointer that the server wrote before.
    let add = unsafe { raw::RedisModule_AddPostNotificationJob };
    add.is_some()
}

impl Context {
    /// Does `work` when the command that caused the event has ended, before
    /// its client is answered; gives it back where the server cannot do that
    /// (before Redis 7.2).
    pub(crate) fn after_command(
        &self,
        work: impl FnOnce(&Context) + Send + 'static,
    ) -> Option<Work> {
        let work: Work = Box::new(work);
        // SAFETY: reads a pointer that the server wrote before.
        let Some(add) = (unsafe { raw::RedisModule_AddPostNotificationJob }) else {
            return Some(work);
        };
        let boxed = Box::into_raw(Box::new(work)).cast::<c_void>();
        // SAFETY: the context is live; `run_job` borrows the work and
        // `free_job` takes it back, which the server calls once.
        let added = unsafe { add(self.raw(), Some(run_job), boxed, Some(free_job)) };
        if added == raw::REDISMODULE_OK as c_int {
            None
        } else {
            // SAFETY: the server did not take the pointer.
            Some(unsafe { *Box::from_raw(boxed.cast::<Work>()) })
        }
    }
}

extern "C" fn run_job(context: *mut raw::RedisModuleCtx, work: *mut c_void) {
    let done = boundary::shield(|| {
        // SAFETY: the server calls this with its lock held, a live context and
        // the pointer that `after_command` made. The work is replaced by one
        // that does nothing, so it runs once.
        let (context, work) = unsafe {
            let nothing: Work = Box::new(|_| ());
            (
                Context::new(context),
                std::mem::replace(&mut *work.cast::<Work>(), nothing),
            )
        };
        let _held = lock::enter(&context);
        work(&context);
    });
    if let Err(panic) = done {
        log(LogLevel::Warning, &panic);
    }
}

extern "C" fn free_job(work: *mut c_void) {
    // SAFETY: the pointer is the one that `after_command` made.
    let _ = boundary::shield(|| drop(unsafe { Box::from_raw(work.cast::<Work>()) }));
}
