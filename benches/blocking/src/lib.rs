//! A module with the one command `BLOCKING.HELLO`: it has its client wait, hands it to a thread over
//! a queue, and the thread lets it go on. What takes that long is the server's, and no function on a
//! worker can be faster.

#![warn(clippy::expect_used, clippy::unwrap_used)]

use std::os::raw::{c_char, c_int};
use std::ptr;
use std::sync::OnceLock;
use std::sync::mpsc::{self, Sender};
use std::thread;

use redis_module::raw;

const OK: c_int = raw::REDISMODULE_OK as c_int;
const REFUSED: c_int = raw::REDISMODULE_ERR as c_int;

/// Calls a function of the module API, all of which are there in Redis 6.2 and later.
macro_rules! api {
    ($name:ident($($argument:expr),* $(,)?)) => {
        match raw::$name {
            Some(function) => function($($argument),*),
            None => std::process::abort(),
        }
    };
}

/// A client that waits.
struct Blocked(*mut raw::RedisModuleBlockedClient);

// SAFETY: the server lets any thread unblock a client, and nothing else is done with it.
unsafe impl Send for Blocked {}

static QUEUE: OnceLock<Sender<Blocked>> = OnceLock::new();

/// Loads the module.
///
/// # Safety
///
/// Only the server calls this.
#[unsafe(no_mangle)]
#[allow(non_snake_case, reason = "the server looks for this name")]
pub unsafe extern "C" fn RedisModule_OnLoad(
    context: *mut raw::RedisModuleCtx,
    _: *mut *mut raw::RedisModuleString,
    _: c_int,
) -> c_int {
    let api = raw::REDISMODULE_APIVER_1 as c_int;
    // SAFETY: the context is live while the module loads; the names are C strings, and the callback
    // lives as long as the module, which nobody unloads.
    unsafe {
        if raw::Export_RedisModule_Init(context, c"blocking".as_ptr(), 1, api) != OK {
            return REFUSED;
        }
        let (queue, waiting) = mpsc::channel::<Blocked>();
        let _ = QUEUE.set(queue);
        let thread = thread::Builder::new().name("blocking".to_owned());
        let spawned = thread.spawn(move || {
            for Blocked(client) in waiting {
                api!(RedisModule_UnblockClient(client, ptr::null_mut()));
            }
        });
        if spawned.is_err() {
            return REFUSED;
        }
        api!(RedisModule_CreateCommand(
            context,
            c"blocking.hello".as_ptr(),
            Some(hello),
            c"readonly".as_ptr(),
            0,
            0,
            0
        ))
    }
}

extern "C" fn hello(
    context: *mut raw::RedisModuleCtx,
    _: *mut *mut raw::RedisModuleString,
    _: c_int,
) -> c_int {
    let Some(queue) = QUEUE.get() else {
        return REFUSED;
    };
    // SAFETY: the context belongs to the command that runs; the callback lives as long as the module.
    let client = unsafe {
        api!(RedisModule_BlockClient(
            context,
            Some(answer),
            None,
            None,
            0
        ))
    };
    match queue.send(Blocked(client)) {
        Ok(()) => OK,
        Err(_) => REFUSED,
    }
}

/// Answers what the functions answer that are compared to this.
extern "C" fn answer(
    context: *mut raw::RedisModuleCtx,
    _: *mut *mut raw::RedisModuleString,
    _: c_int,
) -> c_int {
    const TEXT: &[u8] = b"hello";
    // SAFETY: the server calls this with a live context, and copies the text.
    unsafe {
        api!(RedisModule_ReplyWithArray(context, 1));
        api!(RedisModule_ReplyWithStringBuffer(
            context,
            TEXT.as_ptr().cast::<c_char>(),
            TEXT.len()
        ))
    }
}
