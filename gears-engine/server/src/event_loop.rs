//! The turns of the server's event loop.

use std::os::raw::c_void;

use crate::{Context, LogLevel, api, boundary, log, raw};

const EVENT_LOOP: raw::RedisModuleEvent = raw::RedisModuleEvent {
    id: raw::REDISMODULE_EVENT_EVENTLOOP,
    dataver: 1,
};

const BEFORE_SLEEP: u64 = raw::REDISMODULE_SUBEVENT_EVENTLOOP_BEFORE_SLEEP;
const AFTER_SLEEP: u64 = raw::REDISMODULE_SUBEVENT_EVENTLOOP_AFTER_SLEEP;

/// What is done at the two ends of a turn. The main thread has the server's lock at both.
///
/// Loops within a turn, in which the server serves some clients while it is busy, have no turns of
/// their own.
pub trait Turns {
    /// The main thread has woken up and has the lock again.
    fn began();

    /// The main thread is about to give the lock away and to sleep.
    fn ends();
}

impl Context {
    /// Has the server tell of its turns from now on; says whether it does. Those before Redis 7.0
    /// do not.
    ///
    /// The server tells of each of them, so this costs every turn a little.
    pub fn follow_turns<T: Turns>(&self) -> bool {
        // SAFETY: looking at an optional function pointer, which takes plain values.
        let tells = unsafe {
            raw::RedisModule_IsSubEventSupported
                .is_some_and(|supported| supported(EVENT_LOOP, BEFORE_SLEEP) != 0)
        };
        if !tells {
            return false;
        }
        // SAFETY: the context is live and of this module; the callback lives as long as that.
        let told = unsafe {
            api!(RedisModule_SubscribeToServerEvent(
                self.of_the_module(),
                EVENT_LOOP,
                Some(turned::<T>)
            ))
        };
        told == raw::REDISMODULE_OK as i32
    }
}

unsafe extern "C" fn turned<T: Turns>(
    _: *mut raw::RedisModuleCtx,
    _: raw::RedisModuleEvent,
    end: u64,
    _: *mut c_void,
) {
    let done = boundary::shield(|| match end {
        BEFORE_SLEEP => T::ends(),
        AFTER_SLEEP => T::began(),
        _ => {}
    });
    if let Err(panic) = done {
        log(LogLevel::Warning, &panic);
    }
}
