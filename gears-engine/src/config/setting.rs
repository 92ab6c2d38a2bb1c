//! The settings there are, and their defaults.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{OnceLock, RwLock};

use crate::ground::executable::default_executable;
use crate::ground::poison::unpoisoned;

/// A setting that is a number.
pub(super) struct Number {
    pub(super) name: &'static str,
    pub(super) least: i64,
    /// Whether it can be changed while the server runs.
    pub(super) runtime: bool,
    /// Whether RedisGears' core owns it or its Python plugin: they answer
    /// differently, and only the core ignores the case of names.
    pub(super) core: bool,
    value: AtomicI64,
    /// What follows from a change.
    effect: OnceLock<fn(i64)>,
}

impl Number {
    fn core(name: &'static str, default: i64, least: i64, runtime: bool) -> Self {
        Self {
            name,
            least,
            runtime,
            core: true,
            value: AtomicI64::new(default),
            effect: OnceLock::new(),
        }
    }

    fn plugin(name: &'static str, default: i64, least: i64, runtime: bool) -> Self {
        Self {
            core: false,
            ..Self::core(name, default, least, runtime)
        }
    }

    pub(super) fn get(&self) -> i64 {
        self.value.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, text: &str) -> bool {
        let Some(value) = text.parse().ok().filter(|value| *value >= self.least) else {
            return false;
        };
        let value = if self.name == TRACEBACKS {
            i64::from(value != 0)
        } else {
            value
        };
        self.value.store(value, Ordering::Relaxed);
        if let Some(effect) = self.effect.get() {
            effect(value);
        }
        true
    }

    /// Has `effect` follow from each change, and from the value that there is.
    pub(super) fn follow(&self, effect: fn(i64)) {
        let _ = self.effect.set(effect);
        effect(self.get());
    }
}

/// A setting that is a text; all of them are fixed at load.
pub(super) struct Text {
    pub(super) name: &'static str,
    /// Says what is wrong with a value.
    check: fn(&str) -> Result<(), &'static str>,
    /// Whether nobody is told its value.
    is_secret: bool,
    value: RwLock<String>,
}

impl Text {
    fn new(
        name: &'static str,
        default: String,
        check: fn(&str) -> Result<(), &'static str>,
    ) -> Self {
        Self {
            name,
            check,
            is_secret: false,
            value: RwLock::new(default),
        }
    }

    fn secret(name: &'static str) -> Self {
        Self {
            is_secret: true,
            ..Self::new(name, String::new(), anything)
        }
    }

    pub(super) fn get(&self) -> String {
        unpoisoned(self.value.read()).clone()
    }

    /// Returns what everybody may know of it.
    pub(super) fn shown(&self) -> String {
        if self.is_secret {
            String::new()
        } else {
            self.get()
        }
    }

    pub(super) fn set(&self, text: &str) -> Result<(), String> {
        // The server gives back what it was shown, when it loads the module.
        if self.is_secret && text.is_empty() {
            return Ok(());
        }
        (self.check)(text).map_err(|wrong| format!("{} {wrong}, not {text}", self.name))?;
        *unpoisoned(self.value.write()) = text.to_owned();
        Ok(())
    }
}

fn anything(_: &str) -> Result<(), &'static str> {
    Ok(())
}

fn reply_shapes(text: &str) -> Result<(), &'static str> {
    if matches!(text, "1.0" | "1.2") {
        Ok(())
    } else {
        Err("takes 1.0 or 1.2")
    }
}

fn yes_or_no(text: &str) -> Result<(), &'static str> {
    if matches!(text, "yes" | "no") {
        Ok(())
    } else {
        Err("takes yes or no")
    }
}

fn pip_arguments(text: &str) -> Result<(), &'static str> {
    if text.contains(['\n', '\0']) {
        Err("takes one line")
    } else {
        Ok(())
    }
}

pub(super) const INSTALLATION_DIR: usize = 0;
pub(super) const PYTHON_EXECUTABLE: usize = 1;
pub(super) const REPLY_SHAPES: usize = 2;
pub(super) const PIP_ARGUMENTS: usize = 3;
pub(super) const CLUSTER_USER: usize = 4;
pub(super) const CLUSTER_PASSWORD: usize = 5;
pub(super) const SCRIPTING_ENGINE: usize = 6;

pub(super) fn texts() -> Vec<Text> {
    let folder = format!("gears-python{}", env!("GEARS_PYTHON_VERSION"));
    vec![
        Text::new("PythonInstallationDir", folder, anything),
        Text::new("PythonExecutable", default_executable(), anything),
        Text::new("ReplyShapes", "1.2".to_owned(), reply_shapes),
        Text::new("PipArguments", String::new(), pip_arguments),
        // Empty: as a replica logs in at its primary.
        Text::new("ClusterUser", String::new(), anything),
        Text::secret("ClusterPassword"),
        // A dump file with functions in Python does not load without the module.
        Text::new("ScriptingEngine", "no".to_owned(), yes_or_no),
        // RedisGears fetches its Python from there; ours is built in.
        Text::new("DependenciesUrl", String::new(), anything),
        Text::new("DependenciesSha256", String::new(), anything),
    ]
}

pub(crate) const TRACEBACKS: &str = "PythonAttemptTraceback";
pub(crate) const MEMORY_LIMIT: &str = "PythonMemoryLimit";
pub(crate) const SLOW_LOG_TIME: &str = "SlowLogTime";
pub(crate) const SLOW_LOG_LENGTH: &str = "SlowLogLength";

pub(super) const MAX_EXECUTIONS: usize = 0;
pub(super) const MAX_EXECUTIONS_PER_REGISTRATION: usize = 1;
pub(super) const PROFILE_EXECUTIONS: usize = 2;
pub(super) const EXECUTION_THREADS: usize = 3;
pub(super) const SYNC_DEADLINE: usize = 4;
pub(super) const ASYNC_DEADLINE: usize = 5;
pub(super) const PIP_INSTALL: usize = 6;
pub(super) const EXECUTION_QUEUE: usize = 7;
pub(super) const INSTALL_MAX_IDLE: usize = 8;
pub(super) const HOOKS_LET_THROUGH: usize = 9;
pub(super) const WRITERS_MAX_WAIT: usize = 10;
pub(super) const PYTHON_THREADS: usize = 11;
pub(super) const ENVIRONMENTS_LIMIT: usize = 12;
pub(super) const STORE_WHEELS: usize = 13;
pub(super) const CLUSTER_PEER_TIMEOUT: usize = 14;
pub(super) const CLUSTER_LINK_MEMORY: usize = 15;
pub(super) const EXECUTION_MAX_IDLE_TIME: usize = 16;
pub(super) const CLUSTER_RUN_MEMORY: usize = 17;

/// Deadlines are milliseconds, and 0 is none. A sync function keeps the whole
/// server waiting, so it gets as long as a Lua script may before it counts as
/// too long.
pub(super) fn numbers() -> Vec<Number> {
    vec![
        Number::core("MaxExecutions", 1_000, i64::MIN, true),
        Number::core("MaxExecutionsPerRegistration", 100, i64::MIN, true),
        Number::core("ProfileExecutions", 0, i64::MIN, true),
        Number::core("ExecutionThreads", 3, 1, false),
        Number::core("SyncDeadline", 5_000, 0, true),
        Number::core("AsyncDeadline", 0, 0, true),
        Number::core("PipInstall", 1, 0, true),
        // More than clients can be blocked at once on a server with the default
        // limit of 10,000 connections, so only events pile up.
        Number::core("ExecutionQueue", 1_048_576, 1, true),
        Number::plugin("PythonInstallReqMaxIdleTime", 30_000, 1, true),
        Number::core("HooksLetThrough", 0, 0, true),
        // Longer than most functions take for an event, and no longer than most
        // clients wait for a reply.
        Number::core("WritersMaxWait", 30_000, 0, true),
        // Each takes 32 MiB of addresses, and some ten KiB of memory.
        Number::core("PythonThreads", 1_024, 0, true),
        Number::core("EnvironmentsLimit", 0, 0, true),
        Number::core("StoreWheels", 0, 0, true),
        Number::core("ClusterPeerTimeout", 5_000, 100, true),
        // What waits for one shard, in bytes.
        Number::core("ClusterLinkMemory", 64 << 20, 1 << 20, false),
        Number::core("ExecutionMaxIdleTime", 5_000, 1, true),
        // What waits on one shard for the stages of a run, in bytes.
        Number::core("ClusterRunMemory", 64 << 20, 1 << 20, true),
        Number::core(MEMORY_LIMIT, 0, 0, true),
        // As the server's `slowlog-log-slower-than`, in microseconds, and `slowlog-max-len`.
        Number::core(SLOW_LOG_TIME, 10_000, 0, true),
        Number::core(SLOW_LOG_LENGTH, 128, 0, true),
        Number::core("SendMsgRetries", 3, 0, true),
        Number::plugin(TRACEBACKS, 1, i64::MIN, true),
        Number::plugin("CreateVenv", 0, i64::MIN, false),
        Number::plugin("DownloadDeps", 0, i64::MIN, false),
        Number::plugin("ForeceDownloadDepsOnEnterprise", 0, i64::MIN, false),
        Number::plugin("OverridePythonAllocators", 1, i64::MIN, false),
    ]
}
