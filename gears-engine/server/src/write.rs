//! Writes that functions may not make.

use std::cell::Cell;

use crate::known::{Effect, Knowledge};
use crate::{CallFailure, Context, Refusal, raw};

const RUNS_AGAIN: &str =
    "the script runs again only to restore its registrations: it cannot write meanwhile";

const PAUSED: &str = "the server's writes are paused, by CLIENT PAUSE or for a failover";

thread_local! {
    static REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// Has this thread's writes refused, until dropped.
pub struct WritesRefused {
    before: bool,
}

impl WritesRefused {
    /// Begins to refuse writes.
    pub fn begin() -> Self {
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
    pub fn is_read_only(&self) -> bool {
        let flags = self.flags();
        flags & raw::REDISMODULE_CTX_FLAGS_SLAVE != 0
            && flags & raw::REDISMODULE_CTX_FLAGS_READONLY != 0
    }

    /// Says whether nothing may be replicated for a while: during `CLIENT PAUSE`
    /// and `FAILOVER`. The server ends itself when a module does it nevertheless.
    pub fn writes_are_paused(&self) -> bool {
        // SAFETY: the server filled the pointer in when it loaded us; the
        // thread holds the Redis lock.
        unsafe { raw::RedisModule_AvoidReplicaTraffic.is_some_and(|avoid| avoid() != 0) }
    }

    /// Refuses a write where none may happen: the module API would let it pass.
    pub(crate) fn check_write(&self, command: &[u8], known: Knowledge) -> Result<(), CallFailure> {
        // Scripts are not writes by themselves; on a replica the server looks
        // at what they do, and our own commands refuse there what is a write.
        let is = |name: &[u8]| command.eq_ignore_ascii_case(name);
        let ours = command
            .get(..3)
            .is_some_and(|begin| begin.eq_ignore_ascii_case(b"rg."));
        let indirect = ours || is(b"eval") || is(b"evalsha") || is(b"fcall");
        if !indirect
            && let Knowledge::Command(known) = known
            && known.effect == Effect::None
        {
            return Ok(());
        }
        let paused = self.writes_are_paused();
        let runs_again = REFUSED.get();
        let refusal = if runs_again {
            CallFailure::of_text(RUNS_AGAIN.to_owned())
        } else if self.is_read_only() {
            CallFailure::from(Refusal::read_only())
        } else if paused {
            CallFailure::of_pause(PAUSED.to_owned())
        } else {
            return Ok(());
        };
        let effect = match known {
            Knowledge::Command(known) => known.effect,
            Knowledge::NoCommand => Effect::None,
            // Rather refuse than diverge from the master.
            Knowledge::Untold => Effect::Write,
        };
        let refused = match effect {
            Effect::Write => true,
            Effect::Replicated => paused,
            Effect::None => indirect && (runs_again || paused),
        };
        if refused { Err(refusal) } else { Ok(()) }
    }
}
