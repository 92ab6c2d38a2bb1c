//! Work for the main thread after a while.

use std::os::raw::c_void;
use std::time::Duration;

use crate::{Context, LogLevel, api, log, raw};
use crate::{boundary, held};

type Work = Box<dyn FnOnce(&Context) + Send>;

impl Context {
    /// Has the main thread do `work` after `wait`.
    pub fn after(&self, wait: Duration, work: impl FnOnce(&Context) + Send + 'static) {
        let work: Box<Work> = Box::new(Box::new(work));
        let milliseconds = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        // SAFETY: the context is live and its thread holds the Redis lock; the
        // callback takes the work back exactly once.
        unsafe {
            api!(RedisModule_CreateTimer(
                self.raw(),
                milliseconds,
                Some(run),
                Box::into_raw(work).cast::<c_void>(),
            ));
        }
    }
}

extern "C" fn run(context: *mut raw::RedisModuleCtx, work: *mut c_void) {
    let done = boundary::shield(|| {
        // SAFETY: the server calls this on its main thread with a live context
        // and with the pointer that `after` made, once.
        let (context, work) =
            unsafe { (Context::new(context), Box::from_raw(work.cast::<Work>())) };
        let _held = held::enter(&context);
        work(&context);
    });
    if let Err(panic) = done {
        log(LogLevel::Warning, &panic);
    }
}
