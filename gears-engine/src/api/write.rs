//! Writes that functions may not make.

use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::CStr;
use std::sync::{Mutex, PoisonError};

use super::{Answer, CallFailure, Context, raw};

/// What the server itself answers to writes on a replica.
pub(crate) const READ_ONLY: &str = "READONLY You can't write against a read only replica.";

const RUNS_AGAIN: &str =
    "the script runs again only to restore its registrations: it cannot write meanwhile";

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

impl Context {
    /// Says whether the server is a replica that clients may not write to.
    pub(crate) fn is_read_only(&self) -> bool {
        let flags = self.flags();
        flags & raw::REDISMODULE_CTX_FLAGS_SLAVE != 0
            && flags & raw::REDISMODULE_CTX_FLAGS_READONLY != 0
    }

    /// Refuses a write where none may happen: the module API would let it pass.
    pub(super) fn check_write(
        &self,
        command: &CStr,
        arguments: &[&[u8]],
    ) -> Result<(), CallFailure> {
        let runs_again = REFUSED.get();
        let message = if runs_again {
            RUNS_AGAIN
        } else if self.is_read_only() {
            READ_ONLY
        } else {
            return Ok(());
        };
        let name = command.to_bytes().to_ascii_lowercase();
        // Scripts are not writes by themselves; on a replica the server looks
        // at what they do. Our own commands refuse there what is a write.
        let indirect =
            matches!(name.as_slice(), b"eval" | b"evalsha" | b"fcall") || name.starts_with(b"rg.");
        if (runs_again && indirect) || self.writes(command, &name, arguments) {
            return Err(CallFailure {
                message: message.to_owned(),
            });
        }
        Ok(())
    }

    /// Asks the server whether a command writes.
    fn writes(&self, command: &CStr, name: &[u8], arguments: &[&[u8]]) -> bool {
        static KNOWN: Mutex<Option<HashMap<Vec<u8>, bool>>> = Mutex::new(None);
        // Since Redis 7, it is the subcommands of a container that write.
        let subcommand = arguments.first().filter(|word| {
            word.len() < 32
                && word
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        });
        let mut with_subcommand = name.to_vec();
        if let Some(subcommand) = subcommand {
            with_subcommand.push(b'|');
            with_subcommand.extend(subcommand.to_ascii_lowercase());
        }
        let known = |change: &mut dyn FnMut(&mut HashMap<Vec<u8>, bool>) -> Option<bool>| {
            let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
            change(known.get_or_insert_default())
        };
        if let Some(writes) = known(&mut |known| known.get(&with_subcommand).copied()) {
            return writes;
        }
        let asked: [&[u8]; 3] = [b"INFO", command.to_bytes(), &with_subcommand];
        let Ok(Answer::Array(commands)) = Answer::of_call(self, c"COMMAND", &asked) else {
            // Rather refuse than diverge from the master.
            return true;
        };
        let writes = commands.iter().any(is_write);
        known(&mut |known| {
            if known.len() < MOST_KNOWN {
                known.insert(with_subcommand.clone(), writes);
            }
            None
        });
        writes
    }
}

/// Reads one element of `COMMAND INFO`: name, arity, flags, …
fn is_write(command: &Answer) -> bool {
    let Answer::Array(parts) = command else {
        return false;
    };
    let Some(Answer::Array(flags)) = parts.get(2) else {
        return false;
    };
    flags
        .iter()
        .any(|flag| matches!(flag, Answer::Text(flag) if flag == b"write"))
}
