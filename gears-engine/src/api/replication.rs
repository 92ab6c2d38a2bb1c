//! Commands for replicas and the append-only file.

use std::ffi::CStr;

use super::{Context, LogLevel, api, log, raw};

impl Context {
    /// Has replicas and the append-only file get a command with these words.
    pub(crate) fn replicate(&self, command: &CStr, words: &[&[u8]]) {
        let strings: Vec<_> = words
            .iter()
            .map(|word| super::answer::OwnedString::new(self, word))
            .collect();
        let mut pointers: Vec<_> = strings.iter().map(|string| string.raw).collect();
        // SAFETY: the context is live and its thread holds the Redis lock; the
        // format asks for a vector and its length, which follow.
        let replicated = unsafe {
            api!(RedisModule_Replicate(
                self.raw(),
                command.as_ptr(),
                c"v".as_ptr(),
                pointers.as_mut_ptr(),
                pointers.len(),
            ))
        };
        if replicated != raw::REDISMODULE_OK as i32 {
            log(
                LogLevel::Warning,
                &format!(
                    "{} is not replicated: replicas and the append-only file lack it",
                    command.to_string_lossy()
                ),
            );
        }
    }

    /// Has the append-only file get the command that runs, as it came.
    pub(crate) fn replicate_this(&self) {
        // SAFETY: the context is that of a running command.
        unsafe {
            api!(RedisModule_ReplicateVerbatim(self.raw()));
        }
    }

    /// Says whether the command that runs came from a master or from the
    /// append-only file.
    pub(crate) fn is_replicated(&self) -> bool {
        let replicated = raw::REDISMODULE_CTX_FLAGS_REPLICATED | raw::REDISMODULE_CTX_FLAGS_LOADING;
        self.flags() & replicated != 0
    }
}
