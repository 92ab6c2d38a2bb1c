//! Writes that functions may not make.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::CStr;
use std::sync::{Mutex, PoisonError};

use super::{Answer, CallFailure, Context, raw};

/// What the server itself answers to writes on a replica.
pub(crate) const READ_ONLY: &str = "READONLY You can't write against a read only replica.";

const RUNS_AGAIN: &str =
    "the script runs again only to restore its registrations: it cannot write meanwhile";

const PAUSED: &str = "the server's writes are paused, by CLIENT PAUSE or for a failover";

/// How many commands are remembered at most, lest a script fill the memory.
const MOST_KNOWN: usize = 1_000;

thread_local! {
    static REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// Has this thread's writes refused, until dropped.
pub(crate) struct WritesRefused {
    before: bool,
}

impl WritesRefused {
    /// Begins to refuse writes.
    pub(crate) fn begin() -> Self {
        Self {
            before: REFUSED.replace(true),
        }
    }
}

impl Drop for WritesRefused {
    fn drop(&mut self) {
        REFUSED.set(self.before);
    }
}

impl CallFailure {
    /// Says whether the call may succeed when writes are no longer paused.
    pub(crate) fn is_paused(&self) -> bool {
        self.message == PAUSED
    }
}

impl Context {
    /// Says whether the server is a replica that clients may not write to.
    pub(crate) fn is_read_only(&self) -> bool {
        let flags = self.flags();
        flags & raw::REDISMODULE_CTX_FLAGS_SLAVE != 0
            && flags & raw::REDISMODULE_CTX_FLAGS_READONLY != 0
    }

    /// Says whether nothing may be replicated for a while: during `CLIENT PAUSE`
    /// and `FAILOVER`. The server ends itself when a module does it nevertheless.
    pub(crate) fn writes_are_paused(&self) -> bool {
        // SAFETY: the server filled the pointer in when it loaded us; the
        // thread holds the Redis lock.
        unsafe { raw::RedisModule_AvoidReplicaTraffic.is_some_and(|avoid| avoid() != 0) }
    }

    /// Refuses a write where none may happen: the module API would let it pass.
    pub(super) fn check_write(
        &self,
        command: &CStr,
        arguments: &[&[u8]],
    ) -> Result<(), CallFailure> {
        let paused = self.writes_are_paused();
        let runs_again = REFUSED.get();
        let message = if runs_again {
            RUNS_AGAIN
        } else if self.is_read_only() {
            READ_ONLY
        } else if paused {
            PAUSED
        } else {
            return Ok(());
        };
        let name = command.to_bytes().to_ascii_lowercase();
        // Scripts are not writes by themselves; on a replica the server looks
        // at what they do, and our own commands refuse there what is a write.
        let indirect =
            matches!(name.as_slice(), b"eval" | b"evalsha" | b"fcall") || name.starts_with(b"rg.");
        let refused = match self.effect(command, &name, arguments) {
            Effect::Write => true,
            Effect::Replicated => paused,
            Effect::None => indirect && (runs_again || paused),
        };
        if refused {
            return Err(CallFailure::of_text(message.to_owned()));
        }
        Ok(())
    }

    /// Asks the server what a command does.
    fn effect(&self, command: &CStr, name: &[u8], arguments: &[&[u8]]) -> Effect {
        static KNOWN: Mutex<BTreeMap<Vec<u8>, Effect>> = Mutex::new(BTreeMap::new());
        // Since Redis 7, it is the subcommands of a container that write.
        let subcommand = arguments.first().filter(|word| {
            word.len() < 32
                && word
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        });
        let mut full_name = name.to_vec();
        if let Some(subcommand) = subcommand {
            full_name.push(b'|');
            full_name.extend(subcommand.to_ascii_lowercase());
        }
        let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(effect) = known().get(&full_name) {
            return *effect;
        }
        let asked: [&[u8]; 3] = [b"INFO", command.to_bytes(), &full_name];
        let Ok(Answer::Array(commands)) = Answer::of_call(self, c"COMMAND", c"!v", &asked) else {
            // Rather refuse than diverge from the master.
            return Effect::Write;
        };
        let effect = commands.iter().map(effect).max().unwrap_or(Effect::None);
        let mut known = known();
        if known.len() < MOST_KNOWN {
            known.insert(full_name, effect);
        }
        effect
    }
}

/// What a command does to the data, weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    None,
    /// Replicas get it, although it does not write: messages.
    Replicated,
    Write,
}

/// Reads one element of `COMMAND INFO`: name, arity, flags, …
fn effect(command: &Answer) -> Effect {
    let Answer::Array(parts) = command else {
        return Effect::None;
    };
    let Some(Answer::Array(flags)) = parts.get(2) else {
        return Effect::None;
    };
    let has = |name: &[u8]| {
        flags
            .iter()
            .any(|flag| matches!(flag, Answer::Text(flag) if flag == name))
    };
    if has(b"write") {
        Effect::Write
    } else if has(b"may_replicate") {
        Effect::Replicated
    } else {
        Effect::None
    }
}
