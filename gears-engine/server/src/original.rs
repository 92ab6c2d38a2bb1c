//! Running the command that a hook stands in for.

use std::ffi::{CStr, CString};
use std::os::raw::c_int;

use crate::CommandInfo;
use crate::answer::{Answer, CallFailure, CallReply, call_raw};
use crate::command_keys::wrong_arity;
use crate::filter::Unfiltered;
use crate::known::Knowledge;
use crate::replication::{QUIETLY, REPLICATED};
use crate::{Caller, Context, Recorded, Refusal, api, has_acl_functions};

/// A command to run as its client would have.
pub struct Original<'a> {
    /// What the server says of the command; unknown when it is no longer hooked.
    pub info: Option<&'a CommandInfo>,
    /// The name, then the arguments.
    pub words: &'a [&'a [u8]],
    /// The database of the client.
    pub database: c_int,
    /// Whose permissions count.
    pub caller: &'a Caller,
    /// How the reply is wanted.
    pub protocol: Protocol,
}

/// The version of the protocol that a reply is wanted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// That of the client whose command runs.
    OfClient,
    /// RESP2.
    Two,
    /// RESP3.
    Three,
}

/// The command's own reply; valid as long as the call that brought it.
pub struct OriginalReply(CallReply);

impl Context {
    /// Runs the command itself, hooked or not, and brings its reply as it is.
    ///
    /// # Errors
    ///
    /// When it may not run.
    pub fn run_original(&self, original: &Original<'_>) -> Result<OriginalReply, Refusal> {
        self.check_permission(original.caller, original.words)?;
        self.check_original(original)?;
        // The client is told in its own version of the protocol.
        let format = match original.protocol {
            Protocol::OfClient => c"!0SMEv",
            Protocol::Two => c"!SMEv",
            Protocol::Three => c"!3SMEv",
        };
        self.run(original, format).map_err(|errno| {
            let name = String::from_utf8_lossy(original.words[0]);
            match errno {
                libc::ENOENT => Refusal::new(format!("unknown command '{name}'")),
                libc::EINVAL => wrong_arity(original.words[0]),
                libc::EPERM => Refusal::new("the key belongs to another shard"),
                _ => refusal(errno),
            }
        })
    }

    /// Runs the command itself for a script.
    ///
    /// # Errors
    ///
    /// What scripts get from `execute` in its place.
    pub fn answer_of_original(&self, original: &Original<'_>) -> Result<Answer, CallFailure> {
        let count = i64::try_from(original.words.len()).unwrap_or(i64::MAX);
        if original.info.is_some_and(|info| !info.takes(count)) {
            return Err(CallFailure::of_errno(libc::EINVAL));
        }
        self.check_permission(original.caller, original.words)?;
        self.check_original(original)?;
        let reply = self.run(original, c"!SMEv").map_err(|errno| match errno {
            libc::ENOSPC => refusal(errno).into(),
            _ => CallFailure::of_errno(errno),
        })?;
        match reply.0.read() {
            Answer::Error(error) => Err(CallFailure::of_text(
                String::from_utf8_lossy(&error).trim_end().to_owned(),
            )),
            answer => Ok(answer),
        }
    }

    /// Runs a command that came over the replication link, which nothing hooks
    /// and nothing refuses.
    pub fn run_replicated(&self, words: &[&[u8]]) {
        let Some((name, arguments)) = words.split_first() else {
            return;
        };
        if let Ok(name) = CString::new(*name) {
            let _unfiltered = Unfiltered::next();
            let _ = call_raw(self, &name, c"!v", arguments);
        }
    }

    fn run(&self, original: &Original<'_>, format: &CStr) -> Result<OriginalReply, c_int> {
        let Some((name, arguments)) = original.words.split_first() else {
            return Err(libc::ENOENT);
        };
        // A name with NUL cannot be a command; the server would cut it.
        let name = CString::new(*name).map_err(|_| libc::ENOENT)?;
        // Servers that check users know the flags `0`, `S`, `M` and `E` too.
        let format = if has_acl_functions() {
            format
        } else {
            self.check_memory(original)?;
            let reads = original.info.is_some_and(|info| info.only_reads);
            if reads { QUIETLY } else { REPLICATED }
        };
        let before = self.selected_database();
        if before != original.database {
            self.select_database(original.database);
        }
        let reply = {
            let _unfiltered = Unfiltered::next();
            call_raw(self, &name, format, arguments)
        };
        if before != original.database {
            self.select_database(before);
        }
        reply.map(OriginalReply)
    }

    fn check_original(&self, original: &Original<'_>) -> Result<(), CallFailure> {
        match original.words.split_first() {
            Some((name, arguments)) => match CString::new(*name) {
                Ok(name) => self.admit_original(&name, arguments),
                // No command; running it says so.
                Err(_) => Ok(()),
            },
            None => Ok(()),
        }
    }

    fn admit_original(&self, name: &CStr, arguments: &[&[u8]]) -> Result<(), CallFailure> {
        match self.knowledge(name, arguments) {
            // Running it says so.
            Knowledge::NoCommand => Ok(()),
            _ => self.admit(name, arguments),
        }
    }

    /// Checks what the server itself checks before a client's command, and
    /// since 7.0 also before a module's when asked to.
    fn check_memory(&self, original: &Original<'_>) -> Result<(), c_int> {
        match original.info {
            Some(info) if info.needs_memory && self.is_out_of_memory() => Err(libc::ENOSPC),
            _ => Ok(()),
        }
    }
}

impl OriginalReply {
    /// Answers the client with this reply, byte for byte.
    pub fn forward(&self, to: &Context) {
        // SAFETY: context and reply are live.
        unsafe {
            api!(RedisModule_ReplyWithCallReply(to.raw(), self.0.raw()));
        }
    }

    /// Copies the reply for later.
    pub fn record(&self) -> Recorded {
        Recorded::of_protocol(self.0.protocol())
    }
}

/// Says what the server would, in its words.
fn refusal(errno: c_int) -> Refusal {
    match errno {
        libc::ENOSPC => Refusal::out_of_memory(),
        _ => Refusal::new(CallFailure::of_errno(errno).message),
    }
}
