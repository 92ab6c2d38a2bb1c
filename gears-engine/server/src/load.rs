//! What happens only while the module loads.

use std::ffi::CStr;
use std::os::raw::c_int;

use crate::{Arguments, Category, Context, LogLevel, Refusal, Reply, api, log, raw};
use crate::{boundary, held};

/// The functions that we cannot do without; all are in Redis 6.2.
macro_rules! required {
    ($($name:ident),* $(,)?) => {
        [$((stringify!($name), {
            // SAFETY: reads a pointer that the server wrote before.
            let function = unsafe { raw::$name };
            function.is_some()
        })),*]
    };
}

/// Names the functions that this server lacks and we need.
fn missing_functions() -> Vec<&'static str> {
    required![
        RedisModule_BlockClient,
        RedisModule_Call,
        RedisModule_CallReplyArrayElement,
        RedisModule_CallReplyInteger,
        RedisModule_CallReplyLength,
        RedisModule_CallReplyProto,
        RedisModule_CallReplyStringPtr,
        RedisModule_CallReplyType,
        RedisModule_CloseKey,
        RedisModule_CommandFilterArgGet,
        RedisModule_CommandFilterArgInsert,
        RedisModule_CommandFilterArgReplace,
        RedisModule_CommandFilterArgsCount,
        RedisModule_CreateCommand,
        RedisModule_CreateDataType,
        RedisModule_CreateString,
        RedisModule_Free,
        RedisModule_FreeCallReply,
        RedisModule_FreeString,
        RedisModule_FreeThreadSafeContext,
        RedisModule_GetBlockedClientPrivateData,
        RedisModule_GetClientId,
        RedisModule_GetCommandKeys,
        RedisModule_GetContextFlags,
        RedisModule_GetContextFromIO,
        RedisModule_GetExpire,
        RedisModule_GetSelectedDb,
        RedisModule_GetThreadSafeContext,
        RedisModule_InfoAddFieldCString,
        RedisModule_InfoAddFieldLongLong,
        RedisModule_InfoAddSection,
        RedisModule_InfoBeginDictField,
        RedisModule_InfoEndDictField,
        RedisModule_IsIOError,
        RedisModule_KeyType,
        RedisModule_LoadStringBuffer,
        RedisModule_LoadUnsigned,
        RedisModule_Log,
        RedisModule_OpenKey,
        RedisModule_RegisterCommandFilter,
        RedisModule_RegisterInfoFunc,
        RedisModule_Replicate,
        RedisModule_ReplicateVerbatim,
        RedisModule_ReplyWithArray,
        RedisModule_ReplyWithCallReply,
        RedisModule_ReplyWithDouble,
        RedisModule_ReplyWithError,
        RedisModule_ReplyWithLongLong,
        RedisModule_ReplyWithNull,
        RedisModule_ReplyWithNullArray,
        RedisModule_ReplyWithSimpleString,
        RedisModule_ReplyWithStringBuffer,
        RedisModule_RetainString,
        RedisModule_SaveStringBuffer,
        RedisModule_SaveUnsigned,
        RedisModule_Scan,
        RedisModule_ScanCursorCreate,
        RedisModule_ScanCursorDestroy,
        RedisModule_SelectDb,
        RedisModule_SetModuleOptions,
        RedisModule_StringDMA,
        RedisModule_StringPtrLen,
        RedisModule_SubscribeToServerEvent,
        RedisModule_ThreadSafeContextLock,
        RedisModule_ThreadSafeContextUnlock,
        RedisModule_UnblockClient,
        RedisModule_ValueLength,
    ]
    .into_iter()
    .filter_map(|(name, present)| (!present).then_some(name))
    .collect()
}

/// A command of the module: its name and what it does with the words.
pub trait Command {
    /// The name in the case that the server's arity errors repeat.
    const NAME: &'static CStr;

    /// The flags, in the server's words; those that RedisGears has (spec
    /// section 1.0).
    const FLAGS: &'static CStr = c"readonly";

    /// What users are granted together, where the server knows categories of
    /// modules.
    const CATEGORY: Category;

    /// Where the keys are: first, last and step.
    const KEYS: (c_int, c_int, c_int) = (0, 0, 0);

    /// Whether the server has to ask for the places of keys, where it is no node of a cluster.
    const MOVABLE_KEYS: bool = false;

    /// Serves one call.
    ///
    /// # Errors
    ///
    /// The client gets it in place of an answer.
    fn serve(context: &Context, arguments: Arguments<'_>) -> Result<(), Refusal>;

    /// Refuses a call with too few or too many words.
    fn wrong_arity() -> Refusal {
        Refusal::wrong_arity(&Self::NAME.to_string_lossy())
    }
}

/// The server while it loads us.
pub struct Loading<'a>(pub(crate) &'a Context);

/// Loads the module: introduces it to the server and has `load` do the rest; returns
/// what the server wants to hear. Failures are told in the log.
///
/// # Safety
///
/// The server calls `RedisModule_OnLoad` with these.
pub unsafe fn load(
    context: *mut raw::RedisModuleCtx,
    argv: *mut *mut raw::RedisModuleString,
    argc: c_int,
    (name, version): (&CStr, c_int),
    load: impl FnOnce(&Context, Arguments<'_>) -> Result<(), String>,
) -> c_int {
    // SAFETY: the context is live during this call; the name is a C string.
    let initialised = unsafe {
        raw::Export_RedisModule_Init(
            context,
            name.as_ptr(),
            version,
            raw::REDISMODULE_APIVER_1 as c_int,
        )
    };
    if initialised != raw::REDISMODULE_OK as c_int {
        return REFUSED;
    }
    let loaded = boundary::shield(|| {
        // SAFETY: the server holds its lock while it loads us, and passes
        // `argc` arguments.
        let (context, arguments) = unsafe { (Context::new(context), Arguments::new(argv, argc)) };
        check_functions()?;
        context.adopt_for_logging();
        held::note_main_thread();
        load(&context, arguments)
    });
    match loaded {
        Ok(Ok(())) => raw::REDISMODULE_OK as c_int,
        Ok(Err(reason)) | Err(reason) => {
            log(
                LogLevel::Warning,
                &format!("the gears engine is not loaded: {reason}"),
            );
            REFUSED
        }
    }
}

/// What the server is told when it asks for what we refuse.
pub const REFUSED: c_int = raw::REDISMODULE_ERR as c_int;

fn check_functions() -> Result<(), String> {
    let missing = missing_functions();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "this server is too old, it lacks {}; use Redis 6.2 or later, or Valkey",
        missing.join(", ")
    ))
}

impl<'a> Loading<'a> {
    /// Begins to introduce what the module has, in the midst of [`load`].
    pub fn new(context: &'a Context) -> Self {
        Self(context)
    }
}

impl Loading<'_> {
    /// Makes a command known to the server; says whether it worked.
    ///
    /// The flags are mostly those that RedisGears has (spec section 1.0).
    pub fn command<C: Command>(&self) -> bool {
        let (first, last, step) = C::KEYS;
        let mut flags = C::FLAGS.to_bytes().to_vec();
        // So it is in RedisGears, although none of the words is a key. A node would look for the
        // slot of each call, and a client that knows clusters would ask the node first.
        if C::MOVABLE_KEYS && !self.0.is_in_cluster() {
            flags.extend_from_slice(b" getkeys-api");
        }
        flags.push(0);
        // SAFETY: the context is live; name and flags are C strings that the
        // server copies; the handler lives as long as the module.
        let created = unsafe {
            api!(RedisModule_CreateCommand(
                self.0.raw(),
                C::NAME.as_ptr(),
                Some(handle::<C>),
                flags.as_ptr().cast(),
                first,
                last,
                step,
            ))
        };
        created == raw::REDISMODULE_OK as c_int && self.join_category(C::NAME, C::CATEGORY)
    }
}

extern "C" fn handle<C: Command>(
    context: *mut raw::RedisModuleCtx,
    argv: *mut *mut raw::RedisModuleString,
    argc: c_int,
) -> c_int {
    // SAFETY: the server calls command handlers with a live context on the
    // thread that holds its lock, and with `argc` words.
    let (context, arguments) = unsafe { (Context::new(context), Arguments::new(argv, argc)) };
    if C::MOVABLE_KEYS && context.is_asked_for_keys() {
        // None of the words is a key: naming none is the whole answer.
        return raw::REDISMODULE_OK as c_int;
    }
    let served = boundary::shield(|| {
        let _slot = context.at_slot::<C>(arguments);
        let _held = held::enter(&context);
        C::serve(&context, arguments)
    });
    let error = match served {
        Ok(Ok(())) => return raw::REDISMODULE_OK as c_int,
        Ok(Err(refusal)) => refusal.to_string(),
        Err(panic) => {
            log(LogLevel::Warning, &panic);
            panic
        }
    };
    (&context).error(&error);
    raw::REDISMODULE_OK as c_int
}
