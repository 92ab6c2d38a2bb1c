//! What servers of gears bring besides Python's builtins.
//!
//! The names are those of RedisGears' Python environment, which gears-engine has too: its documented functions, their
//! deprecated spellings, and what its own code left in the globals of scripts.

/// What scripts are meant to use.
const DOCUMENTED: &[&str] = &[
    "FailurePolicy",
    "GB",
    "GearsBuilder",
    "KeyType",
    "LogLevel",
    "ReaderType",
    "TriggerMode",
    "atomic",
    "call_next",
    "cmd",
    "configGet",
    "createFuture",
    "execute",
    "flat_error",
    "gearsConfigGet",
    "gearsFuture",
    "get_command",
    "hashtag",
    "hashtag3",
    "isAsyncAllow",
    "isInAtomicBlock",
    "log",
    "override_reply",
    "redisgears",
    "registerTE",
    "rg",
    "runCoroutine",
    "setFutureException",
    "setFutureResults",
];

/// What is there for old scripts, without being imported.
const LEFT_OVER: &[&str] = &[
    "ConfigGet",
    "Future",
    "GearsConfigGet",
    "GearsFuture",
    "GearsSession",
    "Log",
    "PyFlatExecution",
    "StringIO",
    "Thread",
    "asyncio",
    "cProfile",
    "copy",
    "createKeysOnlyReader",
    "dis",
    "dumps",
    "gearsCtx",
    "getGearsSession",
    "importlib",
    "io",
    "itertools",
    "loads",
    "logging",
    "loop",
    "opcode",
    "operator",
    "partial",
    "pickle",
    "pstats",
    "registerGearsThread",
    "setGearsSession",
    "shardReaderCallback",
    "struct",
    "sys",
    "traceback",
    "types",
    "weakref",
];

/// Modules that the server brings, to be imported like those of the standard library.
const MODULES: &[&str] = &[
    "cloudpickle",
    "gears",
    "redgrease",
    "redis",
    "redisAI",
    "redisgears",
    "rg",
];

/// Returns whether every script has that name.
pub(crate) fn is_builtin(name: &str) -> bool {
    DOCUMENTED.contains(&name) || LEFT_OVER.contains(&name)
}

/// Returns whether the server brings a module of that name.
pub(crate) fn is_module(top: &str) -> bool {
    MODULES.contains(&top)
}

/// Returns the names that scripts are meant to use.
pub(crate) fn documented() -> impl Iterator<Item = &'static str> {
    DOCUMENTED.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_brings_its_names() {
        for name in [
            "execute",
            "GB",
            "cmd",
            "hashtag",
            "gearsFuture",
            "itertools",
        ] {
            assert!(is_builtin(name), "{name}");
        }
        // Nothing brings these without an import.
        for name in ["json", "os", "re", "time", "redis"] {
            assert!(!is_builtin(name), "{name}");
        }
        assert!(is_module("redis") && !is_module("requests"));
        assert!(documented().any(|name| name == "log"));
    }
}
