"""The keywords of RedGrease as names, for servers that do not bring them."""

# --- sent ---
try:
    FailurePolicy, KeyType, LogLevel, ReaderType, TriggerMode
except NameError:
    class FailurePolicy:
        """What becomes of a stream's entries whose function failed."""
        Continue = "continue"
        Abort = "abort"
        Retry = "retry"
    class KeyType:
        """The types of keys."""
        String = "string"
        Hash = "hash"
        List = "list"
        Set = "set"
        ZSet = "zset"
        Stream = "stream"
        Module = "module"
    class LogLevel:
        """The levels of the server's log."""
        Debug = "debug"
        Verbose = "verbose"
        Notice = "notice"
        Warning = "warning"
    class ReaderType:
        """Where records come from."""
        KeysReader = "KeysReader"
        KeysOnlyReader = "KeysOnlyReader"
        StreamReader = "StreamReader"
        PythonReader = "PythonReader"
        ShardsIDReader = "ShardsIDReader"
        CommandReader = "CommandReader"
    class TriggerMode:
        """Where a function runs that waits."""
        Async = "async"
        AsyncLocal = "async_local"
        Sync = "sync"
