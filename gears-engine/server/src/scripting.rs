//! A language of our own for `FUNCTION LOAD`, `FCALL` and `EVAL`, where the server takes one.
//!
//! Valkey has done so since 8.1. What a language does is said by a type that has [`Language`].

mod abi;
mod callbacks;
mod command;
mod running;
mod typed_reply;

use std::ffi::{CStr, c_int};
use std::ptr;
use std::time::Duration;

use crate::{Arguments, Context, Loading, LogLevel, log, raw};

pub use command::Typed;
pub use running::{Replication, Running};

/// What a function is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subsystem {
    /// A script of `EVAL`.
    Eval,
    /// A library of `FUNCTION LOAD`.
    Function,
}

/// What a function may do, and where; the server sees to all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u64);

impl Flags {
    /// The flags by their names, which are the server's own.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("no-writes", Self(1)),
        ("allow-oom", Self(1 << 1)),
        ("allow-stale", Self(1 << 2)),
        ("no-cluster", Self(1 << 3)),
        ("allow-cross-slot-keys", Self(1 << 5)),
        // As people call it.
        ("allow-cross-slot", Self(1 << 5)),
    ];

    /// Adds a flag by its name; says whether there is one of that name.
    pub fn add(&mut self, name: &str) -> bool {
        let named = Self::NAMES.iter().find(|(other, _)| *other == name);
        if let Some((_, flag)) = named {
            self.0 |= flag.0;
        }
        named.is_some()
    }
}

/// A function that was compiled.
#[derive(Debug)]
pub struct Compiled<C> {
    /// The name by which it is called; scripts of `EVAL` have none.
    pub name: Option<String>,
    /// What it is for, in the words of who wrote it.
    pub description: Option<String>,
    /// What it may do.
    pub flags: Flags,
    /// What runs.
    pub code: C,
}

/// A language that the server runs functions of.
pub trait Language: 'static {
    /// The name behind `#!`.
    const NAME: &'static CStr;

    /// A function, ready to run.
    type Code: Send + 'static;

    /// Compiles what follows the first line of a source, its line end included, and runs the
    /// body of a library; `limit` says for how long it may.
    ///
    /// # Errors
    ///
    /// The client gets it behind the word `ERR`.
    fn compile(
        context: &Context,
        of: Subsystem,
        source: &[u8],
        limit: Option<Duration>,
    ) -> Result<Vec<Compiled<Self::Code>>, String>;

    /// Calls a function and answers the client.
    fn call(
        context: &Context,
        running: &Running,
        code: &Self::Code,
        keys: Arguments<'_>,
        arguments: Arguments<'_>,
    );

    /// Frees a function, on any thread: that which frees for the server has its lock or not.
    fn free(of: Subsystem, code: Self::Code);

    /// Says how much memory a function takes; always the same for the same one.
    fn memory_of(code: &Self::Code) -> usize;

    /// Says how much memory the functions of a subsystem take. The server asks often, and waits.
    fn memory(of: Subsystem) -> usize;

    /// Hears that all functions of a subsystem go.
    fn reset(of: Subsystem);
}

/// Why there is no language of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoLanguage {
    /// The server takes none.
    NoApi,
    /// It takes none from us: its versions are others, or the name is taken.
    Refused,
}

impl Loading<'_> {
    /// Has the server run functions of a language; returns the version of the API by which it does.
    ///
    /// The module must be loaded after all when this has succeeded.
    ///
    /// # Errors
    ///
    /// Says why there is none.
    pub fn language<L: Language>(&self) -> Result<u64, NoLanguage> {
        let (Some(register), Some(state)) = (abi::register_function(), abi::state_function())
        else {
            return Err(NoLanguage::NoApi);
        };
        running::set_up(state);
        for version in abi::VERSIONS {
            let mut methods = callbacks::methods::<L>(version);
            running::note_version(version);
            // SAFETY: the context is live; the name is a C string; the server copies the
            // callbacks, which live as long as the module, as it cannot be unloaded.
            let registered = unsafe {
                register(
                    self.0.raw(),
                    L::NAME.as_ptr(),
                    ptr::null_mut(),
                    &raw mut methods,
                )
            };
            if registered == raw::REDISMODULE_OK as c_int {
                return Ok(version);
            }
        }
        log(
            LogLevel::Warning,
            &format!(
                "this server refuses a scripting engine {:?} of any of the versions {:?}",
                L::NAME,
                abi::VERSIONS
            ),
        );
        Err(NoLanguage::Refused)
    }
}

/// Says whether the server takes languages of modules.
pub fn takes_languages() -> bool {
    abi::register_function().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_added_by_their_names() {
        let mut flags = Flags::default();
        assert!(flags.add("no-writes") && flags.add("allow-cross-slot-keys"));
        assert_eq!(flags, Flags(0b10_0001));
        assert!(!flags.add("no-flag"));
        assert_eq!(flags, Flags(0b10_0001));
    }
}
