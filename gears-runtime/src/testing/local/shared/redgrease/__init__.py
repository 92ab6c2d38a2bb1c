"""What the package redgrease offers to scripts inside a server, by the names of its manual.

Written from the manual; results and differences are in guide/pages/compatibility.md.
"""

from redgrease import data, exceptions, func, gears, reader, runtime, sugar, typing, utils  # noqa: F401
from redgrease.func import command, trigger
from redgrease.gears import ClosedGearFunction, GearFunction, OpenGearFunction
from redgrease.reader import (
    CommandReader,
    GearReader,
    KeysOnlyReader,
    KeysReader,
    PythonReader,
    ShardsIDReader,
    StreamReader,
)
from redgrease.runtime import (
    GB,
    GearsBuilder,
    atomic,
    cmd,
    configGet,
    execute,
    gearsConfigGet,
    gearsFuture,
    hashtag,
    hashtag3,
    log,
)
from redgrease.sugar import FailurePolicy, KeyType, LogLevel, ReaderType, TriggerMode

# The code runs inside a server.
GEARS_RUNTIME = True

__all__ = [
    "ClosedGearFunction",
    "CommandReader",
    "FailurePolicy",
    "GB",
    "GEARS_RUNTIME",
    "GearFunction",
    "GearReader",
    "GearsBuilder",
    "KeyType",
    "KeysOnlyReader",
    "KeysReader",
    "LogLevel",
    "OpenGearFunction",
    "PythonReader",
    "ReaderType",
    "ShardsIDReader",
    "StreamReader",
    "TriggerMode",
    "atomic",
    "cmd",
    "command",
    "configGet",
    "data",
    "exceptions",
    "execute",
    "func",
    "gears",
    "gearsConfigGet",
    "gearsFuture",
    "hashtag",
    "hashtag3",
    "log",
    "reader",
    "runtime",
    "sugar",
    "trigger",
    "typing",
    "utils",
]

# What of the package is for clients.
_CLIENT = ("Gears", "Redis", "RedisCluster", "RedisGears", "RedisMods")


def __getattr__(name):
    if name in _CLIENT:
        # With an AttributeError, `from redgrease import` would tell nothing of this.
        raise ImportError(
            "redgrease.%s is of the package's client, and this server has its names for scripts alone: there are `cmd` "
            "and `execute` in its place, or the requirement redgrease[all]" % name
        )
    raise AttributeError("module 'redgrease' has no attribute '%s'" % name)
