//! Writing sections of `INFO`.

use std::ffi::CStr;
use std::os::raw::c_int;

use crate::{Loading, LogLevel, api, log, raw};
use crate::{boundary, text};

/// The text that the server makes for `INFO`, during one call.
pub struct InfoText(*mut raw::RedisModuleInfoCtx);

/// What we tell in `INFO`.
pub trait Info {
    /// Writes our sections; after a crash, which can happen anywhere, also with one of
    /// our mutexes held, only what needs none.
    fn report(info: &InfoText, for_crash: bool);
}

impl Loading<'_> {
    /// Has the server ask us when it makes its INFO text.
    pub fn info<I: Info>(&self) {
        // SAFETY: the context is live and the callback lives as long as the module.
        unsafe {
            api!(RedisModule_RegisterInfoFunc(
                self.0.raw(),
                Some(report::<I>)
            ));
        }
    }
}

extern "C" fn report<I: Info>(info: *mut raw::RedisModuleInfoCtx, for_crash: c_int) {
    let reported = boundary::shield(|| I::report(&InfoText(info), for_crash != 0));
    if let Err(panic) = reported {
        log(LogLevel::Warning, &panic);
    }
}

impl InfoText {
    /// Begins a section; says no when nobody asked for it.
    pub fn section(&self, name: &CStr) -> bool {
        // SAFETY: the handle is live and the server copies the text.
        let added = unsafe { api!(RedisModule_InfoAddSection(self.0, name.as_ptr())) };
        added == raw::REDISMODULE_OK as c_int
    }

    /// Begins a line of several values; it ends when the row is dropped.
    pub fn row(&self, name: &str) -> InfoRow<'_> {
        let name = text::info_name(name);
        // SAFETY: as above.
        unsafe {
            api!(RedisModule_InfoBeginDictField(self.0, name.as_ptr()));
        }
        InfoRow(self)
    }

    /// Adds a line with a text.
    pub fn text(&self, name: &CStr, value: &str) {
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
    pub fn number(&self, name: &CStr, value: i64) {
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
pub struct InfoRow<'a>(&'a InfoText);

impl InfoRow<'_> {
    /// Adds a text; what separates values is replaced in it.
    pub fn text(&self, name: &CStr, value: &str) {
        self.0.text(name, &value.replace(',', "|"));
    }

    /// Adds a number.
    pub fn number(&self, name: &CStr, value: i64) {
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
