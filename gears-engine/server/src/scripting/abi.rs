//! The scripting engine API of Valkey, as its public header has it.
//!
//! Redis has nothing of it and no bindings know it, so its functions are looked up by their
//! names when the module loads. A version of the API tells what its callbacks are given: from 2 on
//! they hear how long the source is, from 3 on a reset says of what, and from 4 on there are four
//! more for the debugger. All callbacks have the same places in all versions.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem;

use crate::raw;

/// The versions of the API that we can speak, the newest first.
pub(super) const VERSIONS: [u64; 4] = [4, 3, 2, 1];

/// The versions of the structures that are handed over.
pub(super) const COMPILED_FUNCTION_VERSION: u64 = 1;
pub(super) const MEMORY_INFO_VERSION: u64 = 1;

/// The scripts of `EVAL`.
pub(super) const EVAL: c_int = 0;
/// The functions of `FCALL`.
pub(super) const FUNCTION: c_int = 1;

/// What [`GetFunctionExecutionState`] says of a function that may go on.
pub(super) const EXECUTING: c_int = 0;

/// The type of a status, in replies whose types are asked for exactly.
pub(super) const REPLY_SIMPLE_STRING: isize = 13;

/// The type of no array, in such replies.
pub(super) const REPLY_ARRAY_NULL: isize = 14;

/// What the server is told that wants to debug.
pub(super) const DEBUG_NOT_SUPPORTED: c_int = 0;

/// A function that was compiled; the server keeps it and reads all but `function`.
#[repr(C)]
pub(super) struct CompiledFunction {
    pub(super) version: u64,
    pub(super) name: *mut raw::RedisModuleString,
    pub(super) function: *mut c_void,
    pub(super) description: *mut raw::RedisModuleString,
    pub(super) flags: u64,
}

/// What is told of memory.
#[repr(C)]
pub(super) struct MemoryInfo {
    pub(super) version: u64,
    pub(super) used_memory: usize,
    pub(super) engine_memory_overhead: usize,
}

/// What the server knows of a call; ours only to hand back.
#[repr(C)]
pub(super) struct ServerRuntime {
    _nothing: [u8; 0],
}

pub(super) type CompileV1 = unsafe extern "C" fn(
    *mut raw::RedisModuleCtx,
    *mut c_void,
    c_int,
    *const c_char,
    usize,
    *mut usize,
    *mut *mut raw::RedisModuleString,
) -> *mut *mut CompiledFunction;

pub(super) type Compile = unsafe extern "C" fn(
    *mut raw::RedisModuleCtx,
    *mut c_void,
    c_int,
    *const c_char,
    usize,
    usize,
    *mut usize,
    *mut *mut raw::RedisModuleString,
) -> *mut *mut CompiledFunction;

pub(super) type Free =
    unsafe extern "C" fn(*mut raw::RedisModuleCtx, *mut c_void, c_int, *mut CompiledFunction);

pub(super) type Call = unsafe extern "C" fn(
    *mut raw::RedisModuleCtx,
    *mut c_void,
    *mut ServerRuntime,
    *mut CompiledFunction,
    c_int,
    *mut *mut raw::RedisModuleString,
    usize,
    *mut *mut raw::RedisModuleString,
    usize,
);

pub(super) type FunctionMemory =
    unsafe extern "C" fn(*mut raw::RedisModuleCtx, *mut CompiledFunction) -> usize;

pub(super) type ResetV2 =
    unsafe extern "C" fn(*mut raw::RedisModuleCtx, *mut c_void, c_int) -> *mut c_void;

pub(super) type Reset =
    unsafe extern "C" fn(*mut raw::RedisModuleCtx, *mut c_void, c_int, c_int) -> *mut c_void;

pub(super) type Memory =
    unsafe extern "C" fn(*mut raw::RedisModuleCtx, *mut c_void, c_int) -> MemoryInfo;

pub(super) type DebuggerEnable = unsafe extern "C" fn(
    *mut raw::RedisModuleCtx,
    *mut c_void,
    c_int,
    *mut *const c_void,
    *mut usize,
) -> c_int;

pub(super) type DebuggerDisable =
    unsafe extern "C" fn(*mut raw::RedisModuleCtx, *mut c_void, c_int);

pub(super) type DebuggerStart =
    unsafe extern "C" fn(*mut raw::RedisModuleCtx, *mut c_void, c_int, *mut raw::RedisModuleString);

/// The callback that compiles, of one version or the other.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) union CompileAny {
    pub(super) first: CompileV1,
    pub(super) with_length: Compile,
}

/// The callback that resets, of one version or the other.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) union ResetAny {
    pub(super) of_eval: ResetV2,
    pub(super) of_either: Reset,
}

/// What the server calls. The four of the debugger are read from version 4 on; before, the
/// server copies what comes before them.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Methods {
    pub(super) version: u64,
    pub(super) compile: CompileAny,
    pub(super) free: Free,
    pub(super) call: Call,
    pub(super) function_memory: FunctionMemory,
    pub(super) reset: ResetAny,
    pub(super) memory: Memory,
    pub(super) debugger_enable: DebuggerEnable,
    pub(super) debugger_disable: DebuggerDisable,
    pub(super) debugger_start: DebuggerStart,
    pub(super) debugger_end: DebuggerDisable,
}

/// Registers a language: its name, what its callbacks are handed, and these.
pub(super) type RegisterScriptingEngine = unsafe extern "C" fn(
    *mut raw::RedisModuleCtx,
    *const c_char,
    *mut c_void,
    *mut Methods,
) -> c_int;

/// Says whether a function may go on. On its way it serves those who may be served meanwhile,
/// when the function is a slow one by now.
pub(super) type GetFunctionExecutionState = unsafe extern "C" fn(*mut ServerRuntime) -> c_int;

/// Looks a function of the server up by its whole name; null where there is none.
fn find(name: &CStr) -> *mut c_void {
    let mut function: *mut c_void = std::ptr::null_mut();
    // SAFETY: the pointer was written when the module was loaded; the function looks a C string
    // up and writes a pointer where it is told.
    unsafe {
        if let Some(find) = raw::RedisModule_GetApi {
            find(name.as_ptr(), (&raw mut function).cast());
        }
    }
    function
}

/// Returns the function that registers a language, if the server has it.
pub(super) fn register_function() -> Option<RegisterScriptingEngine> {
    let found = find(c"ValkeyModule_RegisterScriptingEngine");
    // SAFETY: the server's function of that name has this type; null is none.
    unsafe { mem::transmute::<*mut c_void, Option<RegisterScriptingEngine>>(found) }
}

/// Returns the function that says whether functions may go on, if the server has it.
pub(super) fn state_function() -> Option<GetFunctionExecutionState> {
    let found = find(c"ValkeyModule_GetFunctionExecutionState");
    // SAFETY: as above.
    unsafe { mem::transmute::<*mut c_void, Option<GetFunctionExecutionState>>(found) }
}

#[cfg(test)]
mod tests {
    use std::mem::{offset_of, size_of};

    use super::*;

    #[test]
    fn the_structures_have_the_places_of_the_header() {
        let word = size_of::<usize>();
        assert_eq!(size_of::<CompiledFunction>(), 5 * word);
        assert_eq!(offset_of!(CompiledFunction, function), 2 * word);
        assert_eq!(offset_of!(CompiledFunction, flags), 4 * word);
        assert_eq!(size_of::<MemoryInfo>(), 3 * word);
        assert_eq!(size_of::<Methods>(), 11 * word);
        assert_eq!(offset_of!(Methods, compile), word);
        assert_eq!(offset_of!(Methods, call), 3 * word);
        assert_eq!(offset_of!(Methods, reset), 5 * word);
        assert_eq!(offset_of!(Methods, debugger_enable), 7 * word);
    }
}
