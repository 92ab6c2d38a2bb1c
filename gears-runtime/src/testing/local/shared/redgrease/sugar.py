"""Keywords as names (section 11.2 of the manual)."""


class ReaderType:
    KeysReader = "KeysReader"
    KeysOnlyReader = "KeysOnlyReader"
    StreamReader = "StreamReader"
    PythonReader = "PythonReader"
    ShardsIDReader = "ShardsIDReader"
    CommandReader = "CommandReader"


class TriggerMode:
    Async = "async"
    AsyncLocal = "async_local"
    Sync = "sync"


class KeyType:
    String = "string"
    Hash = "hash"
    List = "list"
    Set = "set"
    ZSet = "zset"
    Stream = "stream"
    Module = "module"


class FailurePolicy:
    Continue = "continue"
    Abort = "abort"
    Retry = "retry"


class LogLevel:
    Debug = "debug"
    Verbose = "verbose"
    Notice = "notice"
    Warning = "warning"
