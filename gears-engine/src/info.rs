//! Our part of `INFO`.

use std::ffi::CStr;
use std::os::raw::c_int;

use crate::api::{LogLevel, api, log, raw};
use crate::{boundary, engine, text};

/// Adds the section `rg_engine`: versions, where Python comes from, and counts.
pub(crate) extern "C" fn report(info: *mut raw::RedisModuleInfoCtx, _for_crash: c_int) {
    let reported = boundary::shield(|| {
        let engine = engine::get();
        let python = &engine.interpreter;
        section(info, c"engine");
        field(info, c"version", engine::VERSION);
        field(info, c"python_version", &python.version);
        field(info, c"python_executable", &python.executable);
        field(info, c"python_library", &python.library);
        number(info, c"registrations", engine.registry.len());
        number(info, c"executions_waiting", engine.workers.waiting());
    });
    if let Err(panic) = reported {
        log(LogLevel::Warning, &panic);
    }
}

fn section(info: *mut raw::RedisModuleInfoCtx, name: &CStr) {
    // SAFETY: the server passed a live handle and copies the text.
    unsafe {
        api!(RedisModule_InfoAddSection(info, name.as_ptr()));
    }
}

fn field(info: *mut raw::RedisModuleInfoCtx, name: &CStr, value: &str) {
    let value = text::one_line(value);
    // SAFETY: as above.
    unsafe {
        api!(RedisModule_InfoAddFieldCString(
            info,
            name.as_ptr(),
            value.as_ptr()
        ));
    }
}

fn number(info: *mut raw::RedisModuleInfoCtx, name: &CStr, value: usize) {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    // SAFETY: as above.
    unsafe {
        api!(RedisModule_InfoAddFieldLongLong(info, name.as_ptr(), value));
    }
}
