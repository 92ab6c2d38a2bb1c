//! A client that waits for a worker.

use std::os::raw::{c_int, c_void};
use std::ptr;

use crate::boundary;
use crate::{Context, LogLevel, Recorded, Refusal, Reply, api, log, raw};

/// A client whose command goes on elsewhere; answered exactly once.
///
/// When the client disconnects meanwhile, the server drops the answer; nobody
/// here has to know. When the holder forgets to answer (a panic unwound past
/// it), dropping the handle answers with an error, so that no client hangs.
pub struct BlockedClient {
    /// Null where the server lets the client not wait: it has been answered then.
    pub(crate) raw: *mut raw::RedisModuleBlockedClient,
    /// Whether the server was told that the command's work has begun.
    pub(crate) measured: bool,
}

// SAFETY: the server's documentation allows a blocked client to be unblocked
// from any thread, and the handle does nothing else.
unsafe impl Send for BlockedClient {}

impl BlockedClient {
    pub(crate) fn new(context: &Context) -> Self {
        // SAFETY: the context belongs to a running command of a real client;
        // the callbacks live as long as the module. No timeout: the workers
        // answer always.
        let raw = unsafe {
            api!(RedisModule_BlockClient(
                context.raw(),
                Some(send_answer),
                None,
                Some(free_answer),
                0
            ))
        };
        if raw.is_null() {
            // Valkey 9 lets no client wait that is subscribed to a channel, and answers it nothing.
            let mut reply = context;
            reply.refuse(&Refusal::new(
                "a client that is subscribed cannot wait here, use another connection",
            ));
        }
        Self {
            raw,
            measured: false,
        }
    }

    /// Hands the answer to the main thread, which sends it.
    pub fn answer(mut self, reply: Recorded) {
        self.unblock(reply);
    }

    fn unblock(&mut self, reply: Recorded) {
        if self.raw.is_null() {
            return;
        }
        self.end_measuring();
        let answer = Box::into_raw(Box::new(reply)).cast::<c_void>();
        // SAFETY: the handle is live and used up here; the answer is freed by
        // `free_answer`, which the server calls also when the client is gone.
        unsafe {
            api!(RedisModule_UnblockClient(self.raw, answer));
        }
        self.raw = ptr::null_mut();
    }
}

impl Drop for BlockedClient {
    fn drop(&mut self) {
        // Nearly all are answered by now, and need no words.
        if self.raw.is_null() {
            return;
        }
        self.unblock(Recorded::of_refusal(&Refusal::new(
            "the execution ended without an answer, look at the server's log",
        )));
    }
}

extern "C" fn send_answer(
    context: *mut raw::RedisModuleCtx,
    _: *mut *mut raw::RedisModuleString,
    _: c_int,
) -> c_int {
    let sent = boundary::shield(|| {
        // SAFETY: the server calls this on its main thread with a live context,
        // and the private data is the reply that `unblock` boxed.
        unsafe {
            let context = Context::new(context);
            let answer = api!(RedisModule_GetBlockedClientPrivateData(context.raw()));
            if let Some(reply) = answer.cast::<Recorded>().as_ref() {
                reply.send(&context);
            }
        }
    });
    if let Err(panic) = sent {
        log(LogLevel::Warning, &panic);
    }
    raw::REDISMODULE_OK as c_int
}

extern "C" fn free_answer(_: *mut raw::RedisModuleCtx, answer: *mut c_void) {
    let freed = boundary::shield(|| {
        if !answer.is_null() {
            // SAFETY: the pointer came from `Box::into_raw` in `unblock` and
            // the server hands it back once.
            drop(unsafe { Box::from_raw(answer.cast::<Recorded>()) });
        }
    });
    if let Err(panic) = freed {
        log(LogLevel::Warning, &panic);
    }
}
