//! Our part of the server's dump files.
//!
//! It is the auxiliary data of a data type without values. Saving may happen in
//! a forked child, where no other thread goes on: it reads plain bytes and takes
//! no mutex, and Python is not touched.

use std::os::raw::{c_int, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{ptr, slice};

use crate::{Context, Loading, LogLevel, api, log, raw};
use crate::{boundary, held};

/// Nine letters, as the server demands; not RedisGears' name, whose data are
/// others.
const NAME: &std::ffi::CStr = c"gearsregs";

/// The version of what is below: a count and as many records. The records say
/// their own.
const VERSION: c_int = 0;

/// The type methods that know data which are left out when there are none.
const OPTIONAL_DATA: u64 = 5;

static CREATED: AtomicBool = AtomicBool::new(false);

/// Whether what is loaded is a dump file of this server's own.
static LOADS_FILE: AtomicBool = AtomicBool::new(false);

/// What the server's dump files keep for us.
pub trait Records {
    /// Counts them.
    ///
    /// # Safety
    ///
    /// The caller holds the server's lock, or is a child that was forked by the thread
    /// that held it.
    unsafe fn count() -> usize;

    /// Passes each of them on. It takes no mutex and does not touch Python: it may run
    /// in a forked child, where no other thread goes on.
    ///
    /// # Safety
    ///
    /// As [`count`](Self::count).
    unsafe fn each(save: impl FnMut(&[u8]));

    /// Takes one over that the server loads. One that makes no sense is no reason to
    /// stop the server.
    fn load(context: &Context, record: &[u8]);
}

impl Loading<'_> {
    /// Makes the data type known to the server.
    ///
    /// Servers before Redis 7.2 write a mark for each data type that has
    /// auxiliary data, and a server without the module refuses such a file. So
    /// there the type is made when it is needed first.
    ///
    /// # Errors
    ///
    /// Says why there is no type.
    pub fn data_type<R: Records>(&self) -> Result<(), String> {
        let _ = MAKE.set(make::<R>);
        if leaves_out_nothing() {
            return Ok(());
        }
        if self.0.ensure_data_type() {
            Ok(())
        } else {
            Err("the server refuses the data type for registrations".to_owned())
        }
    }
}

/// Says whether the server writes our mark even when there are no data.
fn leaves_out_nothing() -> bool {
    // SAFETY: the server filled the pointer in when it loaded us.
    let known = unsafe { raw::RedisModule_GetTypeMethodVersion.map_or(0, |version| version()) };
    u64::try_from(known).unwrap_or(0) < OPTIONAL_DATA
}

impl Context {
    /// Makes the data type if there is none yet; says whether there is one.
    pub fn ensure_data_type(&self) -> bool {
        CREATED.load(Ordering::Acquire) || MAKE.get().is_some_and(|make| make(self))
    }
}

/// What makes the data type when it is needed first.
static MAKE: OnceLock<fn(&Context) -> bool> = OnceLock::new();

fn make<R: Records>(context: &Context) -> bool {
    let mut methods = raw::RedisModuleTypeMethods {
        version: OPTIONAL_DATA,
        rdb_load: Some(refuse),
        rdb_save: None,
        aof_rewrite: None,
        mem_usage: None,
        digest: None,
        free: None,
        aux_load: Some(load::<R>),
        aux_save: None,
        aux_save_triggers: raw::REDISMODULE_AUX_BEFORE_RDB as c_int,
        free_effort: None,
        unlink: None,
        copy: None,
        defrag: None,
        mem_usage2: None,
        free_effort2: None,
        unlink2: None,
        copy2: None,
        aux_save2: None,
    };
    if leaves_out_nothing() {
        methods.version = 2;
        methods.aux_save = Some(save::<R>);
    } else {
        methods.aux_save2 = Some(save::<R>);
    }
    // The contexts of our own threads do not say whose they are, which the
    // server does not survive here.
    let context = context.of_the_module();
    // SAFETY: the context is live, belongs to the module and this thread
    // holds the Redis lock; the server copies the name and the methods,
    // whose functions live as long as the module.
    let made = unsafe {
        api!(RedisModule_CreateDataType(
            context,
            NAME.as_ptr(),
            VERSION,
            &raw mut methods
        ))
    };
    if made.is_null() {
        log(
            LogLevel::Warning,
            "the server refuses the data type for registrations: they are not saved",
        );
        return false;
    }
    CREATED.store(true, Ordering::Release);
    true
}

/// Writes the stored registrations; perhaps in a forked child.
unsafe extern "C" fn save<R: Records>(io: *mut raw::RedisModuleIO, _when: c_int) {
    let saved = boundary::shield(|| {
        // SAFETY: the server saves with its lock held, or in a child that it
        // forked while it held the lock; nothing changes the records meanwhile.
        let count = unsafe { R::count() };
        if count == 0 && !leaves_out_nothing() {
            return;
        }
        // SAFETY: as above; the server passes a live handle and copies the bytes.
        unsafe {
            api!(RedisModule_SaveUnsigned(io, count as u64));
            R::each(|record| {
                api!(RedisModule_SaveStringBuffer(
                    io,
                    record.as_ptr().cast(),
                    record.len()
                ));
            });
        }
    });
    if let Err(panic) = saved {
        log(LogLevel::Warning, &panic);
    }
}

/// Reads what [`save`] wrote. Records that make no sense are no reason to stop
/// the server: whoever decodes them says so in the log.
unsafe extern "C" fn load<R: Records>(
    io: *mut raw::RedisModuleIO,
    version: c_int,
    _when: c_int,
) -> c_int {
    const FAILED: c_int = raw::REDISMODULE_ERR as c_int;
    if version != VERSION {
        log(
            LogLevel::Warning,
            "the registrations were saved by a later version of the gears engine",
        );
        return FAILED;
    }
    let loaded = boundary::shield(|| {
        // SAFETY: the server passes a live handle.
        let count = unsafe { api!(RedisModule_LoadUnsigned(io)) };
        if is_cut(io) {
            return None;
        }
        // The count may be anything: what is there says how much room it takes.
        let mut records = Vec::new();
        for _ in 0..count {
            records.push(load_bytes(io)?);
        }
        // SAFETY: the server holds its lock while it loads; the context lives
        // as long as the handle.
        let context = unsafe { Context::new(api!(RedisModule_GetContextFromIO(io))) };
        let _held = held::enter(&context);
        for record in records {
            R::load(&context, &record);
        }
        Some(())
    });
    match loaded {
        Ok(Some(())) => raw::REDISMODULE_OK as c_int,
        Ok(None) => {
            log(
                LogLevel::Warning,
                "the registrations cannot be read: the data end among them, or what is between \
                 them is damaged",
            );
            if LOADS_FILE.load(Ordering::Acquire) {
                end();
            }
            FAILED
        }
        Err(panic) => {
            log(LogLevel::Warning, &panic);
            raw::REDISMODULE_OK as c_int
        }
    }
}

/// Ends the server as it would end itself.
///
/// It does that when a file cannot be loaded, but looks through the file first.
/// That knows no end of a file among the data of a module: it would go on for
/// ever, or end in a crash.
fn end() -> ! {
    log(
        LogLevel::Warning,
        "the server ends: bring an undamaged dump file, or start without it",
    );
    // SAFETY: ends the process at once; nobody comes back to find anything
    // half done.
    unsafe { libc::_exit(1) }
}

/// Notes whether a dump file of this server's own is being loaded.
pub(crate) fn note_loading(file: bool) {
    LOADS_FILE.store(file, Ordering::Release);
}

/// Refuses values of our type: it has none, so whatever brings one is damaged or
/// made up. Without this function the server would call what is not there.
unsafe extern "C" fn refuse(_: *mut raw::RedisModuleIO, _: c_int) -> *mut c_void {
    log(
        LogLevel::Warning,
        "a value of the type gearsregs is refused: registrations are no values of keys",
    );
    ptr::null_mut()
}

/// Says whether the last reading failed: the file ended or the link broke.
fn is_cut(io: *mut raw::RedisModuleIO) -> bool {
    // SAFETY: the handle is live.
    unsafe { api!(RedisModule_IsIOError(io)) != 0 }
}

/// Reads one string; nothing when there is none.
fn load_bytes(io: *mut raw::RedisModuleIO) -> Option<Vec<u8>> {
    let mut length = 0;
    // SAFETY: the handle is live; the buffer is ours from now on and freed
    // once, with the server's own function.
    unsafe {
        let buffer = api!(RedisModule_LoadStringBuffer(io, &mut length));
        if buffer.is_null() {
            return None;
        }
        let bytes = slice::from_raw_parts(buffer.cast::<u8>(), length).to_vec();
        api!(RedisModule_Free(buffer.cast()));
        Some(bytes)
    }
}
