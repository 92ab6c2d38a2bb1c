//! Our settings among the server's own: `CONFIG GET rg.*` on Redis 7 and Valkey.

use std::ffi::CString;
use std::os::raw::{c_char, c_int, c_longlong, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::{Loading, LogLevel, api, log, raw};
use crate::{boundary, text};

/// Our settings, as the server asks for them and changes them.
pub trait Settings: Sync {
    /// Returns the value of a number.
    fn number(&self, name: &str) -> i64;

    /// Returns the value of a text.
    fn text(&self, name: &str) -> String;

    /// Sets what the server's own configuration says. The server sees to it that what
    /// is fixed at load stays as it is.
    ///
    /// # Errors
    ///
    /// Says what the setting takes.
    fn set(&self, name: &str, value: &str) -> Result<(), String>;

    /// Lists the numbers: name, value, least value, and whether it can change.
    fn numbers(&self) -> Vec<(&'static str, i64, i64, bool)>;

    /// Lists the texts: name and value.
    fn texts(&self) -> Vec<(&'static str, String)>;
}

/// One setting as the server's callbacks find it; lives as long as the process.
struct Setting {
    settings: &'static dyn Settings,
    name: &'static str,
    /// The text that the server was told last; it borrows it from us.
    shown: AtomicPtr<raw::RedisModuleString>,
}

impl Setting {
    fn leak(settings: &'static dyn Settings, name: &'static str) -> *mut c_void {
        let setting = Self {
            settings,
            name,
            shown: AtomicPtr::default(),
        };
        Box::into_raw(Box::new(setting)).cast()
    }

    /// # Safety
    ///
    /// `data` came from [`leak`](Self::leak).
    unsafe fn of<'a>(data: *mut c_void) -> &'a Self {
        // SAFETY: the caller promises a setting, which is never freed.
        unsafe { &*data.cast::<Self>() }
    }

    /// Makes the text that the server borrows; the one before goes, since the
    /// server has copied or dropped it.
    fn show(&self) -> *mut raw::RedisModuleString {
        let value = self.settings.text(self.name);
        // SAFETY: strings made without a context belong to us alone.
        unsafe {
            let shown = api!(RedisModule_CreateString(
                std::ptr::null_mut(),
                value.as_ptr().cast(),
                value.len()
            ));
            let before = self.shown.swap(shown, Ordering::AcqRel);
            if !before.is_null() {
                api!(RedisModule_FreeString(std::ptr::null_mut(), before));
            }
            shown
        }
    }

    fn set(&self, value: &str, error: *mut *mut raw::RedisModuleString) -> c_int {
        match self.settings.set(self.name, value) {
            Ok(()) => raw::REDISMODULE_OK as c_int,
            Err(reason) => {
                let reason = text::one_line(&reason);
                // SAFETY: the server passed a place for the text, which it frees.
                unsafe {
                    if !error.is_null() {
                        *error = api!(RedisModule_CreateString(
                            std::ptr::null_mut(),
                            reason.as_ptr(),
                            reason.as_bytes().len()
                        ));
                    }
                }
                raw::REDISMODULE_ERR as c_int
            }
        }
    }
}

impl Loading<'_> {
    /// Makes the settings known to the server, and takes over what its
    /// configuration file or `MODULE LOADEX … CONFIG` says about them.
    ///
    /// The module's arguments are the defaults then, so a file that
    /// `CONFIG REWRITE` wrote leads to the same settings again.
    ///
    /// # Errors
    ///
    /// Names the setting that the server refused.
    pub fn server_config(&self, settings: &'static dyn Settings) -> Result<(), String> {
        // SAFETY: reads pointers that the server wrote before.
        let (number, text, load) = unsafe {
            (
                raw::RedisModule_RegisterNumericConfig,
                raw::RedisModule_RegisterStringConfig,
                raw::RedisModule_LoadConfigs,
            )
        };
        let (Some(register_number), Some(register_text), Some(load)) = (number, text, load) else {
            log(
                LogLevel::Verbose,
                "this server has no settings of modules (before Redis 7): use RG.CONFIGGET and RG.CONFIGSET",
            );
            return Ok(());
        };
        let registered = |name: &str, result: c_int| {
            if result == raw::REDISMODULE_OK as c_int {
                Ok(())
            } else {
                Err(format!("the server refuses the setting rg.{name}"))
            }
        };
        for (name, value, least, runtime) in settings.numbers() {
            let c_name = CString::new(name).unwrap_or_default();
            let flags = if runtime {
                raw::REDISMODULE_CONFIG_DEFAULT
            } else {
                raw::REDISMODULE_CONFIG_IMMUTABLE
            };
            // SAFETY: the context is live and still loading; the server copies
            // the name; callbacks and setting live as long as the module.
            registered(name, unsafe {
                register_number(
                    self.0.raw(),
                    c_name.as_ptr(),
                    value,
                    flags,
                    least,
                    i64::MAX,
                    Some(get_number),
                    Some(set_number),
                    None,
                    Setting::leak(settings, name),
                )
            })?;
        }
        for (name, value) in settings.texts() {
            let c_name = CString::new(name).unwrap_or_default();
            let value = text::one_line(&value);
            // SAFETY: as above; the server copies the default too.
            registered(name, unsafe {
                register_text(
                    self.0.raw(),
                    c_name.as_ptr(),
                    value.as_ptr(),
                    raw::REDISMODULE_CONFIG_IMMUTABLE,
                    Some(get_text),
                    Some(set_text),
                    None,
                    Setting::leak(settings, name),
                )
            })?;
        }
        // SAFETY: the context is live, and all settings are registered.
        if unsafe { load(self.0.raw()) } == raw::REDISMODULE_OK as c_int {
            Ok(())
        } else {
            Err("the server's configuration has a wrong value for an rg. setting".to_owned())
        }
    }
}

extern "C" fn get_number(_: *const c_char, data: *mut c_void) -> c_longlong {
    boundary::shield(|| {
        // SAFETY: the server hands back what we registered.
        let setting = unsafe { Setting::of(data) };
        setting.settings.number(setting.name)
    })
    .unwrap_or_default()
}

extern "C" fn set_number(
    _: *const c_char,
    value: c_longlong,
    data: *mut c_void,
    error: *mut *mut raw::RedisModuleString,
) -> c_int {
    boundary::shield(|| {
        // SAFETY: the server hands back what we registered.
        unsafe { Setting::of(data) }.set(&value.to_string(), error)
    })
    .unwrap_or(raw::REDISMODULE_ERR as c_int)
}

extern "C" fn get_text(_: *const c_char, data: *mut c_void) -> *mut raw::RedisModuleString {
    boundary::shield(|| {
        // SAFETY: the server hands back what we registered.
        unsafe { Setting::of(data) }.show()
    })
    .unwrap_or(std::ptr::null_mut())
}

extern "C" fn set_text(
    _: *const c_char,
    value: *mut raw::RedisModuleString,
    data: *mut c_void,
    error: *mut *mut raw::RedisModuleString,
) -> c_int {
    boundary::shield(|| {
        let mut length = 0;
        // SAFETY: the server passes a live string and what we registered.
        let (setting, value) = unsafe {
            let start = api!(RedisModule_StringPtrLen(value, &mut length));
            (
                Setting::of(data),
                std::slice::from_raw_parts(start.cast::<u8>(), length),
            )
        };
        setting.set(&String::from_utf8_lossy(value), error)
    })
    .unwrap_or(raw::REDISMODULE_ERR as c_int)
}
