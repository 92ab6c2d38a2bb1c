//! A context that the server makes for a thread of ours, and the server's lock.

use std::os::raw::c_int;
use std::ptr;

use crate::{Context, api, raw};

/// A context that is not bound to the call of a command.
///
/// It is a name for the context and no owner: whoever [makes](Self::make) one sees to it
/// that it is [freed](Self::free), at most once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OwnContext(*mut raw::RedisModuleCtx);

// SAFETY: other threads only hand it to the server's function for unlocking, which
// does not look into it: all else is unsafe, and says who may.
unsafe impl Send for OwnContext {}

impl OwnContext {
    /// Has the server make a context for this thread; no lock is needed.
    pub fn make() -> Self {
        // SAFETY: without a blocked client the server makes a context of its own.
        Self(unsafe { api!(RedisModule_GetThreadSafeContext(ptr::null_mut())) })
    }

    pub(crate) fn of(context: &Context) -> Self {
        Self(context.raw())
    }

    /// Returns the context for use.
    ///
    /// # Safety
    ///
    /// It is live, and the calling thread holds the server's lock for as long as
    /// what is returned exists.
    pub unsafe fn get(self) -> Context {
        // SAFETY: as the caller promises.
        unsafe { Context::new(self.0) }
    }

    /// Waits for the server's lock.
    ///
    /// # Safety
    ///
    /// The context was made for this thread and is live; the thread does not have the lock.
    pub unsafe fn lock(self) {
        // SAFETY: as the caller promises.
        unsafe { api!(RedisModule_ThreadSafeContextLock(self.0)) };
    }

    /// Takes the server's lock if nobody has it; says whether it did.
    ///
    /// # Safety
    ///
    /// As [`lock`](Self::lock).
    pub unsafe fn try_lock(self) -> bool {
        // SAFETY: as the caller promises; the function is as old as Redis 6.2.
        let taken = unsafe { api!(RedisModule_ThreadSafeContextTryLock(self.0)) };
        taken == raw::REDISMODULE_OK as c_int
    }

    /// Gives the server's lock back. The server does not look into the context, which
    /// may be gone.
    ///
    /// # Safety
    ///
    /// The lock was taken with this context and not given back since.
    pub unsafe fn unlock(self) {
        // SAFETY: as the caller promises.
        unsafe { api!(RedisModule_ThreadSafeContextUnlock(self.0)) };
    }

    /// Frees the context.
    ///
    /// # Safety
    ///
    /// It came from [`make`](Self::make), the calling thread holds the server's lock,
    /// and nobody uses the context afterwards but to [unlock](Self::unlock).
    pub unsafe fn free(self) {
        // SAFETY: as the caller promises.
        unsafe { api!(RedisModule_FreeThreadSafeContext(self.0)) };
    }
}
