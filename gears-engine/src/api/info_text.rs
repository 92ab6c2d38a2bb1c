//! Writing sections of `INFO`.

use std::ffi::CStr;
use std::os::raw::c_int;

use super::{api, raw};
use crate::text;

/// The text that the server makes for `INFO`, during one call.
pub(crate) struct InfoText(*mut raw::RedisModuleInfoCtx);

impl InfoText {
    /// Wraps what the server handed to the callback.
    ///
    /// # Safety
    ///
    /// `info` is live for as long as the wrapper.
    pub(crate) unsafe fn new(info: *mut raw::RedisModuleInfoCtx) -> Self {
        Self(info)
    }

    /// Begins a section; says no when nobody asked for it.
    pub(crate) fn section(&self, name: &CStr) -> bool {
        // SAFETY: the handle is live and the server copies the text.
        let added = unsafe { api!(RedisModule_InfoAddSection(self.0, name.as_ptr())) };
        added == raw::REDISMODULE_OK as c_int
    }

    /// Begins a line of several values; it ends when the row is dropped.
    pub(crate) fn row(&self, name: &str) -> InfoRow<'_> {
        let name = text::info_name(name);
        // SAFETY: as above.
        unsafe {
            api!(RedisModule_InfoBeginDictField(self.0, name.as_ptr()));
        }
        InfoRow(self)
    }

    /// Adds a line with a text.
    pub(crate) fn text(&self, name: &CStr, value: &str) {
        let value = text::one_line(value);
        // SAFETY: as above.
        unsafe {
            api!(RedisModule_InfoAddFieldCString(
                self.0,
                name.as_ptr(),
                value.as_ptr()
            ));
        }
    }

    /// Adds a line with a number.
    pub(crate) fn number(&self, name: &CStr, value: i64) {
        // SAFETY: as above.
        unsafe {
            api!(RedisModule_InfoAddFieldLongLong(
                self.0,
                name.as_ptr(),
                value
            ));
        }
    }
}

/// One line of several values.
pub(crate) struct InfoRow<'a>(&'a InfoText);

impl InfoRow<'_> {
    /// Adds a text; what separates values is replaced in it.
    pub(crate) fn text(&self, name: &CStr, value: &str) {
        self.0.text(name, &value.replace(',', "|"));
    }

    /// Adds a number.
    pub(crate) fn number(&self, name: &CStr, value: i64) {
        self.0.number(name, value);
    }
}

impl Drop for InfoRow<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle is live and a line was begun.
        unsafe {
            api!(RedisModule_InfoEndDictField(self.0.0));
        }
    }
}
