//! Which words of a command are keys, as the server itself finds them.

use std::io;
use std::os::raw::c_int;
use std::slice;

use crate::answer::{OwnedString, clear_errno};
use crate::{Context, Refusal, api, raw};

/// What the server says of a command's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CommandKeys {
    /// The places of the keys; the command's name is at 0.
    At(Vec<usize>),
    /// Too few or too many words: nothing may look for keys in them.
    WrongArity,
    /// There is no such command.
    Unknown,
}

/// The words of a command as strings of the server.
pub(crate) struct ServerWords {
    strings: Vec<OwnedString>,
    pointers: Vec<*mut raw::RedisModuleString>,
}

impl ServerWords {
    pub(crate) fn new(context: &Context, words: &[&[u8]]) -> Self {
        let strings: Vec<_> = words
            .iter()
            .map(|word| OwnedString::new(context, word))
            .collect();
        let pointers = strings.iter().map(|string| string.raw).collect();
        Self { strings, pointers }
    }

    pub(crate) fn pointers(&mut self) -> *mut *mut raw::RedisModuleString {
        self.pointers.as_mut_ptr()
    }

    pub(crate) fn at(&self, place: usize) -> Option<*mut raw::RedisModuleString> {
        self.pointers.get(place).copied()
    }

    pub(crate) fn count(&self) -> c_int {
        c_int::try_from(self.strings.len()).unwrap_or(c_int::MAX)
    }

    /// Finds the keys.
    ///
    /// The server counts the words first. What else it offers for the words of a
    /// command takes for granted that somebody did, and reads beyond them.
    pub(crate) fn keys(&mut self, context: &Context) -> CommandKeys {
        if self.strings.is_empty() {
            return CommandKeys::Unknown;
        }
        let mut found = 0;
        // SAFETY: the context is live and its thread holds the Redis lock; there
        // are as many live strings as is said; `errno` is this thread's own.
        let places = unsafe {
            clear_errno();
            api!(RedisModule_GetCommandKeys(
                context.raw(),
                self.pointers(),
                self.count(),
                &mut found,
            ))
        };
        if places.is_null() {
            return match io::Error::last_os_error().raw_os_error() {
                Some(libc::ENOENT) => CommandKeys::Unknown,
                Some(libc::EINVAL) => CommandKeys::WrongArity,
                _ => CommandKeys::At(Vec::new()),
            };
        }
        let found = usize::try_from(found).unwrap_or(0);
        // SAFETY: the server made an array of as many places as it says, which
        // is ours to free, once.
        let at = unsafe {
            let at = slice::from_raw_parts(places, found)
                .iter()
                .filter_map(|place| usize::try_from(*place).ok())
                .filter(|place| *place < self.strings.len())
                .collect();
            api!(RedisModule_Free(places.cast()));
            at
        };
        CommandKeys::At(at)
    }
}

/// The server's words for a command with too few or too many of them.
pub(crate) fn wrong_arity(name: &[u8]) -> Refusal {
    Refusal::wrong_arity(&String::from_utf8_lossy(name).to_ascii_lowercase())
}
