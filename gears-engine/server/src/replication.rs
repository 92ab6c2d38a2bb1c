//! Commands for replicas and the append-only file.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CStr;

use crate::answer::OwnedString;
use crate::filter;
use crate::{CommandInfo, Context, LogLevel, api, has_acl_functions, log, raw};

/// Runs a command and replicates what it does, and what is done within it.
pub(crate) const REPLICATED: &CStr = c"!v";

/// Runs a command of which nothing is replicated.
pub(crate) const QUIETLY: &CStr = c"v";

/// How many names of commands a thread remembers, lest a script fill the memory.
const MOST_KNOWN: usize = 1_000;

thread_local! {
    /// By a command's name as scripts write it, whether it only reads. What
    /// does not exist is not among them: a module may bring it later.
    static READS: RefCell<HashMap<Box<[u8]>, bool>> = RefCell::default();
}

impl Context {
    /// Says how to run a command, for the module API.
    ///
    /// Before 7.0 the server begins a transaction in the replication stream for
    /// whatever may be replicated, even if nothing comes of it: commands that
    /// only read would fill the append-only file.
    pub(crate) fn replication_of(&self, command: &CStr) -> &'static CStr {
        if has_acl_functions() || !self.only_reads(command) {
            return REPLICATED;
        }
        // What functions write within such a command has to be replicated.
        if filter::is_hooked(command.to_bytes()) {
            return REPLICATED;
        }
        QUIETLY
    }

    fn only_reads(&self, command: &CStr) -> bool {
        let name = command.to_bytes();
        if let Some(reads) = READS.with_borrow(|known| known.get(name).copied()) {
            return reads;
        }
        let info = command
            .to_str()
            .ok()
            .and_then(|name| CommandInfo::of(self, name));
        let Some(info) = info else { return false };
        READS.with_borrow_mut(|known| {
            if known.len() < MOST_KNOWN {
                known.insert(name.into(), info.only_reads);
            }
        });
        info.only_reads
    }

    /// Has replicas and the append-only file get a command with these words.
    pub fn replicate(&self, command: &CStr, words: &[&[u8]]) {
        let strings: Vec<_> = words
            .iter()
            .map(|word| OwnedString::new(self, word))
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
    pub fn replicate_this(&self) {
        // SAFETY: the context is that of a running command.
        unsafe {
            api!(RedisModule_ReplicateVerbatim(self.raw()));
        }
    }

    /// Says whether the command that runs came from a master, from the
    /// append-only file, or from a node that hands over a slot as a whole.
    pub fn is_replicated(&self) -> bool {
        let replicated = raw::REDISMODULE_CTX_FLAGS_REPLICATED | raw::REDISMODULE_CTX_FLAGS_LOADING;
        self.flags() & replicated != 0
    }
}
