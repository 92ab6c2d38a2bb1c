//! The server as seen from one call.

use std::ffi::CStr;
use std::os::raw::c_int;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::command_name::CommandName;
use crate::known::{self, Knowledge};
use crate::{Answer, BlockedClient, CallFailure, Refusal, api, raw};
use crate::{held, text};

/// A handle to the server that is valid while the Redis lock is held.
///
/// It is not `Send`: only the thread that holds the lock may use it.
pub struct Context {
    raw: *mut raw::RedisModuleCtx,
}

/// What the server is doing.
pub struct ServerState {
    /// It reads its own data.
    pub is_loading: bool,
    pub is_replica: bool,
    /// It runs a script.
    pub is_script: bool,
    /// It runs the commands of a transaction.
    pub(crate) is_transaction: bool,
}

/// How loud a log line is, in the server's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// For who looks for a fault.
    Debug,
    /// Details.
    Verbose,
    /// What administrators should see.
    Notice,
    /// What they have to see.
    Warning,
}

impl LogLevel {
    /// Reads a level's name as scripts write it.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "debug" => Some(Self::Debug),
            "verbose" => Some(Self::Verbose),
            "notice" => Some(Self::Notice),
            "warning" => Some(Self::Warning),
            _ => None,
        }
    }

    fn name(self) -> &'static CStr {
        match self {
            Self::Debug => c"debug",
            Self::Verbose => c"verbose",
            Self::Notice => c"notice",
            Self::Warning => c"warning",
        }
    }
}

/// Carries the module's name into log lines that no command causes.
static LOG_CONTEXT: AtomicPtr<raw::RedisModuleCtx> = AtomicPtr::new(ptr::null_mut());

/// Writes one entry to the server's log, from any thread.
pub fn log(level: LogLevel, message: &str) {
    let message = text::for_log(message);
    // SAFETY: the server fills the pointer in when it loads us, before any other thread is there.
    if unsafe { raw::RedisModule_Log }.is_none() {
        // Without a server, there is no log of its own.
        eprintln!("{}", message.to_string_lossy());
        return;
    }
    // SAFETY: the log function may be called from any thread, with a detached
    // context or none. The format is ours; the message is only its argument.
    unsafe {
        api!(RedisModule_Log(
            LOG_CONTEXT.load(Ordering::Acquire),
            level.name().as_ptr(),
            c"%s".as_ptr(),
            message.as_ptr(),
        ));
    }
}

const BLOCKS_IN_LUA: &str = "Blocking module command called from Lua script";
const BLOCKS_IN_TRANSACTION: &str = "Blocking module command called from transaction";

impl Context {
    /// Wraps the context that the server handed to a callback.
    ///
    /// # Safety
    ///
    /// `raw` is a live context, and the calling thread holds the Redis lock for
    /// as long as the wrapper exists.
    pub unsafe fn new(raw: *mut raw::RedisModuleCtx) -> Self {
        Self { raw }
    }

    /// Returns the raw handle for the functions of this folder and the lock.
    pub fn raw(&self) -> *mut raw::RedisModuleCtx {
        self.raw
    }

    /// Lets [`log`] name the module from now on.
    pub fn adopt_for_logging(&self) {
        // SAFETY: looking at an optional function pointer; the context is live.
        let detached = unsafe {
            raw::RedisModule_GetDetachedThreadSafeContext
                .map_or(ptr::null_mut(), |detach| detach(self.raw))
        };
        LOG_CONTEXT.store(detached, Ordering::Release);
    }

    /// Returns a context that says that it is ours: that of logging lives as
    /// long as the module.
    pub(crate) fn of_the_module(&self) -> *mut raw::RedisModuleCtx {
        let detached = LOG_CONTEXT.load(Ordering::Acquire);
        if detached.is_null() {
            self.raw
        } else {
            detached
        }
    }

    /// Returns the module's own context for a filter, which gets none.
    ///
    /// # Safety
    ///
    /// The calling thread holds the Redis lock for as long as the context exists.
    pub(crate) unsafe fn of_filter() -> Option<Self> {
        let detached = LOG_CONTEXT.load(Ordering::Acquire);
        // SAFETY: the context lives as long as the module; the caller holds the lock.
        (!detached.is_null()).then(|| unsafe { Self::new(detached) })
    }

    /// Tells what the server is doing, without a call of a client.
    pub fn server_state() -> ServerState {
        // SAFETY: the function takes no context for "the server alone".
        let flags = unsafe { api!(RedisModule_GetContextFlags(ptr::null_mut())) as u32 };
        ServerState {
            is_loading: flags & raw::REDISMODULE_CTX_FLAGS_LOADING != 0,
            is_replica: flags & raw::REDISMODULE_CTX_FLAGS_SLAVE != 0,
            is_script: flags & raw::REDISMODULE_CTX_FLAGS_LUA != 0,
            is_transaction: flags & raw::REDISMODULE_CTX_FLAGS_MULTI != 0,
        }
    }

    pub(crate) fn flags(&self) -> u32 {
        // SAFETY: the context is live.
        unsafe { api!(RedisModule_GetContextFlags(self.raw)) as u32 }
    }

    /// Says whether the server reads its own data at the moment.
    pub fn is_loading(&self) -> bool {
        self.flags() & raw::REDISMODULE_CTX_FLAGS_LOADING != 0
    }

    /// Says whether the server is a replica.
    pub fn is_replica(&self) -> bool {
        self.flags() & raw::REDISMODULE_CTX_FLAGS_SLAVE != 0
    }

    /// Says whether the server has no memory left for more data.
    pub(crate) fn is_out_of_memory(&self) -> bool {
        self.flags() & raw::REDISMODULE_CTX_FLAGS_OOM != 0
    }

    /// Refuses a function's command that takes memory when all of it is used.
    ///
    /// Where the server makes room by evicting keys, it does so before the next
    /// command of a client, and a function goes on.
    ///
    /// # Errors
    ///
    /// The server's own text.
    pub fn check_memory_for(&self, command: &[u8], arguments: &[&[u8]]) -> Result<(), CallFailure> {
        // To ask the server for its state is dear beside a small command.
        if known::needs_no_memory(command) {
            return Ok(());
        }
        let flags = self.flags();
        let evicts = flags & raw::REDISMODULE_CTX_FLAGS_EVICT != 0;
        if evicts || flags & raw::REDISMODULE_CTX_FLAGS_OOM == 0 {
            return Ok(());
        }
        let command = text_command(command)?;
        match self.knowledge(&command, arguments) {
            Knowledge::Command(known) if known.needs_memory => Err(Refusal::out_of_memory().into()),
            _ => Ok(()),
        }
    }

    /// Says whether the server is a node of a cluster.
    ///
    /// That does not change while it runs, and each call asks for it.
    pub fn is_in_cluster(&self) -> bool {
        static IS_IN_CLUSTER: OnceLock<bool> = OnceLock::new();
        *IS_IN_CLUSTER.get_or_init(|| self.flags() & raw::REDISMODULE_CTX_FLAGS_CLUSTER != 0)
    }

    /// Says whether a script makes the call.
    pub fn is_script(&self) -> bool {
        self.flags() & raw::REDISMODULE_CTX_FLAGS_LUA != 0
    }

    /// Says whether this call may not block its client: in MULTI, Lua, while
    /// loading, and when it comes from a function's own `execute`.
    pub fn denies_blocking(&self) -> bool {
        let forbidding = raw::REDISMODULE_CTX_FLAGS_MULTI
            | raw::REDISMODULE_CTX_FLAGS_LUA
            | raw::REDISMODULE_CTX_FLAGS_DENY_BLOCKING
            | raw::REDISMODULE_CTX_FLAGS_LOADING;
        held::is_nested() || self.flags() & forbidding != 0
    }

    /// Says whether the commands of a transaction run.
    pub fn is_transaction(&self) -> bool {
        self.flags() & raw::REDISMODULE_CTX_FLAGS_MULTI != 0
    }

    /// Says whether the call is one of those of a transaction or a script.
    pub fn is_one_of_several(&self) -> bool {
        let several = raw::REDISMODULE_CTX_FLAGS_MULTI | raw::REDISMODULE_CTX_FLAGS_LUA;
        self.flags() & several != 0
    }

    /// Refuses a command of RedisGears that has to wait for other shards there,
    /// in MULTI and in Lua.
    ///
    /// # Errors
    ///
    /// The server's own texts for blocking commands (spec section 1.0).
    pub fn check_no_transaction(&self) -> Result<(), Refusal> {
        self.check_no_script_or(self.is_transaction())
    }

    /// Refuses a call that would have to wait where nobody can.
    ///
    /// # Errors
    ///
    /// The server's own texts for blocking commands (spec section 1.0).
    pub fn refuse_if_it_cannot_wait(&self) -> Result<(), Refusal> {
        self.check_no_script_or(self.denies_blocking())
    }

    fn check_no_script_or(&self, in_transaction: bool) -> Result<(), Refusal> {
        if self.is_script() {
            return Err(Refusal::new(BLOCKS_IN_LUA));
        }
        if in_transaction {
            return Err(Refusal::new(BLOCKS_IN_TRANSACTION));
        }
        Ok(())
    }

    /// Says whether the server only asks which words are keys.
    pub fn is_asked_for_keys(&self) -> bool {
        // SAFETY: looking at an optional function pointer; the context is live.
        unsafe { raw::RedisModule_IsKeysPositionRequest.is_some_and(|asked| asked(self.raw) != 0) }
    }

    /// Puts the client aside until a worker answers.
    pub fn block_client(&self) -> BlockedClient {
        BlockedClient::new(self)
    }

    /// Runs a command as the server's own, in database 0, and replicates it.
    ///
    /// The selected database of the calling client is left as it was.
    ///
    /// # Errors
    ///
    /// [`CallFailure`] holds the server's own error text, or the system error
    /// by which the module API tells of unknown commands and wrong arity.
    pub fn call(&self, command: &[u8], arguments: &[&[u8]]) -> Result<Answer, CallFailure> {
        let command = self.checked_command(command, arguments)?;
        let format = self.replication_of(&command);
        self.in_first_database(|| Answer::of_call(self, &command, format, arguments))
    }

    /// Returns a command's name for the server; refuses what it must not run.
    pub(crate) fn checked_command(
        &self,
        command: &[u8],
        arguments: &[&[u8]],
    ) -> Result<CommandName, CallFailure> {
        self.check_script(command)?;
        let text = text_command(command)?;
        self.admit(&text, arguments)?;
        self.keep_script(command, arguments);
        Ok(text)
    }

    /// Refuses a command of a function that the server lacks or must not run.
    pub(crate) fn admit(&self, command: &CStr, arguments: &[&[u8]]) -> Result<(), CallFailure> {
        let name = command.to_bytes();
        let knowledge = self.knowledge(command, arguments);
        let known = match knowledge {
            Knowledge::Command(known) => Some(known),
            Knowledge::NoCommand => return Err(CallFailure::unknown_command(name)),
            Knowledge::Untold => None,
        };
        self.check_forbidden(name, arguments, known)?;
        self.check_write(name, knowledge)?;
        self.check_slot(name, arguments, known)
    }

    /// Does `work` in database 0 and goes back to the calling client's.
    pub(crate) fn in_first_database<T>(&self, work: impl FnOnce() -> T) -> T {
        self.in_database(0, work)
    }

    /// Does `work` in a database that exists and goes back to the selected one.
    pub(crate) fn in_database<T>(&self, database: c_int, work: impl FnOnce() -> T) -> T {
        let before = self.selected_database();
        if before == database {
            return work();
        }
        self.select_database(database);
        let done = work();
        self.select_database(before);
        done
    }

    /// Returns the database that commands of this context work on.
    pub fn selected_database(&self) -> c_int {
        // SAFETY: the context is live.
        unsafe { api!(RedisModule_GetSelectedDb(self.raw)) }
    }

    pub(crate) fn select_database(&self, database: c_int) {
        // SAFETY: the context is live; database 0 and the client's own exist.
        unsafe {
            api!(RedisModule_SelectDb(self.raw, database));
        }
    }
}

fn text_command(command: &[u8]) -> Result<CommandName, CallFailure> {
    CommandName::new(command).ok_or_else(|| CallFailure::unknown_command(command))
}
