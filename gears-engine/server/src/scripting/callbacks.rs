//! What the server calls. No panic leaves these functions, and nothing that another thread of
//! ours may keep is waited for where the server asks for memory or frees.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::ptr;
use std::slice;
use std::time::Duration;

use super::abi::{
    self, CompileAny, CompiledFunction, MemoryInfo, Methods, ResetAny, ServerRuntime,
};
use super::running::{Compiling, Running};
use super::{Compiled, Language, Subsystem};
use crate::{Arguments, Context, LogLevel, Refusal, Reply, api, log, raw};
use crate::{boundary, held, text};

/// Makes the callbacks of a language, by a version of the API.
pub(super) fn methods<L: Language>(version: u64) -> Methods {
    Methods {
        version,
        compile: match version {
            1 => CompileAny {
                first: compile_first::<L>,
            },
            _ => CompileAny {
                with_length: compile::<L>,
            },
        },
        free: free::<L>,
        call: call::<L>,
        function_memory: function_memory::<L>,
        reset: match version {
            1 | 2 => ResetAny {
                of_eval: reset_eval::<L>,
            },
            _ => ResetAny {
                of_either: reset::<L>,
            },
        },
        memory: memory::<L>,
        debugger_enable: refuse_debugger,
        debugger_disable: ignore_debugger,
        debugger_start: ignore_source,
        debugger_end: ignore_debugger,
    }
}

fn subsystem(number: c_int) -> Subsystem {
    match number {
        abi::FUNCTION => Subsystem::Function,
        _ => Subsystem::Eval,
    }
}

/// Does work in place of the server; a panic is told in the log.
fn shielded<T>(work: impl FnOnce() -> T) -> Option<T> {
    boundary::shield(work)
        .inspect_err(|panic| log(LogLevel::Warning, panic))
        .ok()
}

/// Makes a string that belongs to nobody's context.
fn string(bytes: &[u8]) -> *mut raw::RedisModuleString {
    // SAFETY: the server copies the bytes.
    unsafe {
        api!(RedisModule_CreateString(
            ptr::null_mut(),
            bytes.as_ptr().cast(),
            bytes.len()
        ))
    }
}

unsafe extern "C" fn compile_first<L: Language>(
    context: *mut raw::RedisModuleCtx,
    engine: *mut c_void,
    of: c_int,
    source: *const c_char,
    limit: usize,
    count: *mut usize,
    error: *mut *mut raw::RedisModuleString,
) -> *mut *mut CompiledFunction {
    // SAFETY: the server hands a C string over, and the rest as to the function that is called.
    unsafe {
        let length = CStr::from_ptr(source).to_bytes().len();
        compile::<L>(context, engine, of, source, length, limit, count, error)
    }
}

unsafe extern "C" fn compile<L: Language>(
    context: *mut raw::RedisModuleCtx,
    _: *mut c_void,
    of: c_int,
    source: *const c_char,
    length: usize,
    limit: usize,
    count: *mut usize,
    error: *mut *mut raw::RedisModuleString,
) -> *mut *mut CompiledFunction {
    let compiled = boundary::shield(|| {
        // SAFETY: the server calls with a live context and its lock held, and with as many
        // bytes as it says.
        let (context, source) = unsafe {
            let bytes = match length {
                0 => &[],
                _ => slice::from_raw_parts(source.cast::<u8>(), length),
            };
            (Context::new(context), bytes)
        };
        let _held = held::enter(&context);
        let _compiling = Compiling::begin();
        let limit = (limit > 0).then(|| Duration::from_millis(limit as u64));
        L::compile(&context, subsystem(of), source, limit)
    });
    let told = match compiled {
        Ok(Ok(functions)) => {
            // SAFETY: the places are the server's, to be written.
            return unsafe { hand_over(functions, count) };
        }
        Ok(Err(told)) => told,
        Err(panic) => {
            log(LogLevel::Warning, &panic);
            panic.trim_start_matches("ERR ").to_owned()
        }
    };
    // SAFETY: as above; the server frees the string.
    unsafe {
        *count = 0;
        *error = string(text::one_line(&told).to_bytes());
    }
    ptr::null_mut()
}

/// # Safety
///
/// `count` can be written.
unsafe fn hand_over<C>(
    functions: Vec<Compiled<C>>,
    count: *mut usize,
) -> *mut *mut CompiledFunction {
    // SAFETY: the server's allocator gives as much as is asked for, or ends the process; the
    // list and its elements are written before anybody reads them.
    unsafe {
        let bytes = size_of::<*mut CompiledFunction>() * functions.len().max(1);
        let list = api!(RedisModule_Alloc(bytes)).cast::<*mut CompiledFunction>();
        *count = functions.len();
        for (place, function) in functions.into_iter().enumerate() {
            let text = |text: Option<String>| match text {
                Some(text) => string(text.as_bytes()),
                None => ptr::null_mut(),
            };
            let compiled =
                api!(RedisModule_Alloc(size_of::<CompiledFunction>())).cast::<CompiledFunction>();
            compiled.write(CompiledFunction {
                version: abi::COMPILED_FUNCTION_VERSION,
                name: text(function.name),
                function: Box::into_raw(Box::new(function.code)).cast(),
                description: text(function.description),
                flags: function.flags.0,
            });
            list.add(place).write(compiled);
        }
        list
    }
}

unsafe extern "C" fn free<L: Language>(
    _: *mut raw::RedisModuleCtx,
    _: *mut c_void,
    of: c_int,
    function: *mut CompiledFunction,
) {
    shielded(|| {
        // SAFETY: the server gives back what `hand_over` made, once; its strings are nobody
        // else's.
        unsafe {
            let CompiledFunction {
                name,
                function: code,
                description,
                ..
            } = function.read();
            for text in [name, description] {
                if !text.is_null() {
                    api!(RedisModule_FreeString(ptr::null_mut(), text));
                }
            }
            api!(RedisModule_Free(function.cast()));
            L::free(subsystem(of), *Box::from_raw(code.cast::<L::Code>()));
        }
    });
}

unsafe extern "C" fn call<L: Language>(
    context: *mut raw::RedisModuleCtx,
    _: *mut c_void,
    runtime: *mut ServerRuntime,
    function: *mut CompiledFunction,
    of: c_int,
    keys: *mut *mut raw::RedisModuleString,
    key_count: usize,
    arguments: *mut *mut raw::RedisModuleString,
    argument_count: usize,
) {
    // SAFETY: the server calls with a live context and its lock held, with as many live strings
    // as it says, and with a function that `hand_over` made and that it does not free meanwhile.
    let (context, code, keys, arguments) = unsafe {
        (
            Context::new(context),
            &*(*function).function.cast::<L::Code>(),
            Arguments::new(keys, c_int::try_from(key_count).unwrap_or(0)),
            Arguments::new(arguments, c_int::try_from(argument_count).unwrap_or(0)),
        )
    };
    let called = boundary::shield(|| {
        // SAFETY: the call lasts until this is dropped.
        let (running, _entered) = unsafe { Running::enter(&context, subsystem(of), runtime) };
        let _held = held::enter(&context);
        L::call(&context, &running, code, keys, arguments);
    });
    if let Err(panic) = called {
        log(LogLevel::Warning, &panic);
        (&context).refuse(&Refusal::whole(panic));
    }
}

unsafe extern "C" fn function_memory<L: Language>(
    _: *mut raw::RedisModuleCtx,
    function: *mut CompiledFunction,
) -> usize {
    // SAFETY: the server asks for a function that `hand_over` made and that it has.
    let code = unsafe { &*(*function).function.cast::<L::Code>() };
    shielded(|| L::memory_of(code) + size_of::<CompiledFunction>()).unwrap_or(0)
}

unsafe extern "C" fn reset<L: Language>(
    _: *mut raw::RedisModuleCtx,
    _: *mut c_void,
    of: c_int,
    _: c_int,
) -> *mut c_void {
    shielded(|| L::reset(subsystem(of)));
    // Nothing is left for a thread of the server's.
    ptr::null_mut()
}

unsafe extern "C" fn reset_eval<L: Language>(
    context: *mut raw::RedisModuleCtx,
    engine: *mut c_void,
    later: c_int,
) -> *mut c_void {
    // SAFETY: as for the function that is called.
    unsafe { reset::<L>(context, engine, abi::EVAL, later) }
}

unsafe extern "C" fn memory<L: Language>(
    _: *mut raw::RedisModuleCtx,
    _: *mut c_void,
    of: c_int,
) -> MemoryInfo {
    let used = match of {
        abi::EVAL | abi::FUNCTION => shielded(|| L::memory(subsystem(of))),
        // All of them.
        _ => shielded(|| L::memory(Subsystem::Eval) + L::memory(Subsystem::Function)),
    };
    MemoryInfo {
        version: abi::MEMORY_INFO_VERSION,
        used_memory: used.unwrap_or(0),
        // The same whenever it is asked for: the server adds it up and takes it off again.
        engine_memory_overhead: size_of::<Methods>(),
    }
}

unsafe extern "C" fn refuse_debugger(
    _: *mut raw::RedisModuleCtx,
    _: *mut c_void,
    _: c_int,
    _: *mut *const c_void,
    _: *mut usize,
) -> c_int {
    abi::DEBUG_NOT_SUPPORTED
}

unsafe extern "C" fn ignore_debugger(_: *mut raw::RedisModuleCtx, _: *mut c_void, _: c_int) {}

unsafe extern "C" fn ignore_source(
    _: *mut raw::RedisModuleCtx,
    _: *mut c_void,
    _: c_int,
    _: *mut raw::RedisModuleString,
) {
}
