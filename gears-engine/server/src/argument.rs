//! What a client sent.

use std::slice;

use crate::{api, raw};

/// The words of one command, its name included; valid during the call.
#[derive(Clone, Copy)]
pub struct Arguments<'a>(&'a [*mut raw::RedisModuleString]);

impl<'a> Arguments<'a> {
    /// Wraps what the server handed to a command callback.
    ///
    /// # Safety
    ///
    /// `argv` points to `argc` strings that live as long as `'a`.
    pub unsafe fn new(argv: *mut *mut raw::RedisModuleString, argc: i32) -> Self {
        let length = usize::try_from(argc).unwrap_or(0);
        if argv.is_null() || length == 0 {
            return Self(&[]);
        }
        // SAFETY: the caller promises `argc` strings behind `argv`.
        Self(unsafe { slice::from_raw_parts(argv, length) })
    }

    /// Counts the words, the command's name included.
    pub fn count(self) -> usize {
        self.0.len()
    }

    /// Returns the word at `index`; the command's name is at 0.
    pub fn get(self, index: usize) -> Option<&'a [u8]> {
        // SAFETY: the string is alive for `'a`.
        self.0.get(index).map(|string| unsafe { bytes(*string) })
    }

    /// Returns the word at `index` as the server's own string.
    pub(crate) fn string(self, index: usize) -> Option<*mut raw::RedisModuleString> {
        self.0.get(index).copied()
    }

    /// Walks over the words from `index` on.
    pub fn from(self, index: usize) -> impl ExactSizeIterator<Item = &'a [u8]> {
        let words = self.0.get(index..).unwrap_or_default();
        // SAFETY: the strings are alive for `'a`.
        words.iter().map(|string| unsafe { bytes(*string) })
    }
}

/// # Safety
///
/// The string is alive for `'a`.
unsafe fn bytes<'a>(string: *mut raw::RedisModuleString) -> &'a [u8] {
    let mut length = 0;
    // SAFETY: the caller promises a live string, and its buffer is with it.
    unsafe {
        let start = api!(RedisModule_StringPtrLen(string, &mut length));
        slice::from_raw_parts(start.cast::<u8>(), length)
    }
}
