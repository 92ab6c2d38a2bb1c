# The names that every function of a server finds, besides `cmd`.
#
# `generate.py` puts `cmd` below this and writes `gears.pyi`; edit this file, not that one.

import asyncio as asyncio
import copy as copy
import cProfile as cProfile
import dis as dis
import importlib as importlib
import io as io
import itertools as itertools
import logging as logging
import opcode as opcode
import operator as operator
import pickle as pickle
import pstats as pstats
import struct as struct
import sys as sys
import traceback as traceback
import types as types
import weakref as weakref
from asyncio import Future as Future
from functools import partial as partial
from io import StringIO as StringIO
from threading import Thread as Thread

import redisgears as redisgears
import redisgears as rg

_Level = Literal["debug", "verbose", "notice", "warning"]
_Mode = Literal["async", "async_local", "sync"]
_Word = Union[str, bytes, bytearray, int, float, None]

def execute(command: str, *arguments: Any) -> Any:
    """Runs a command on this server and returns its reply.

    Text comes as `str`, what is not UTF-8 as `bytearray`, lists as `list`, nothing as `None`.
    Raises `redisgears.GearsError` with the server's words.
    """

def log(message: str, level: _Level = "notice") -> None:
    """Writes a line to the server's log."""

class _PyAtomic:
    """What `atomic()` returns."""

    def __enter__(self) -> _PyAtomic: ...
    def __exit__(self, *exception: Any) -> bool: ...

def atomic() -> _PyAtomic:
    """Keeps the server to itself: `with atomic():`, without `await` inside."""

def isInAtomicBlock() -> bool:
    """Says whether the code runs inside `with atomic():`."""

def isAsyncAllow() -> bool:
    """Says whether a callback may return a coroutine or a future here."""

def hashtag() -> str:
    """Returns a text that, in braces in a key's name, keeps the key on this shard."""

def hashtag3() -> str:
    """Returns `hashtag()` in braces, ready to be a part of a key's name."""

def configGet(key: str) -> Optional[str]:
    """Returns a setting as text, or `None`; RedisGears has those alone that are not its own."""

def gearsConfigGet(key: str, default: Any = None) -> Any:
    """Returns a setting as text, or `default`; RedisGears has those alone that are not its own."""

def flat_error(message: Any) -> NoReturn:
    """Raises an error whose text is just the message."""

def call_next(*arguments: _Word) -> Any:
    """In a command hook: runs the next hook or the command itself, with these arguments."""

def get_command() -> List[str]:
    """In a function on keys with `commands`: returns the client's command."""

def override_reply(value: Any) -> None:
    """In a function on keys with `commands`: replaces the reply to the client's command, once."""

def registerTE(seconds: int, callback: Callable[[], Any], key: str = ...) -> bool:
    """Calls a function again and again, so many seconds apart; with a key, until that is deleted."""

class GearsFuture(asyncio.Future[Any]):
    """A future of the event loop that coroutines run on."""

class _RecordFuture:
    def continueRun(self, value: Any) -> None:
        """Lets the record go on with a value, from any thread."""

    def continueFailed(self, error: Any) -> None:
        """Lets the record fail, from any thread."""

def gearsFuture() -> _RecordFuture:
    """Makes a future that a callback can return: its record waits for it."""

def createFuture() -> GearsFuture:
    """Makes a future that coroutines can await."""

def setFutureResults(future: asyncio.Future[Any], value: Any) -> None:
    """Gives a future its value, from any thread."""

def setFutureException(future: asyncio.Future[Any], value: Any) -> None:
    """Has a future fail, from any thread."""

def runCoroutine(
    coroutine: Awaitable[Any], f: Any = None, delay: float = 0, s: Any = None
) -> None:
    """Runs a coroutine on the event loop, after so many seconds; what comes of it goes to `f`."""

class FailurePolicy:
    """What becomes of a stream's entries whose function failed."""

    Continue: Final = "continue"
    Abort: Final = "abort"
    Retry: Final = "retry"

class KeyType:
    """The types of keys."""

    String: Final = "string"
    Hash: Final = "hash"
    List: Final = "list"
    Set: Final = "set"
    ZSet: Final = "zset"
    Stream: Final = "stream"
    Module: Final = "module"

class LogLevel:
    """The levels of the server's log."""

    Debug: Final = "debug"
    Verbose: Final = "verbose"
    Notice: Final = "notice"
    Warning: Final = "warning"

class ReaderType:
    """Where records come from."""

    KeysReader: Final = "KeysReader"
    KeysOnlyReader: Final = "KeysOnlyReader"
    StreamReader: Final = "StreamReader"
    PythonReader: Final = "PythonReader"
    ShardsIDReader: Final = "ShardsIDReader"
    CommandReader: Final = "CommandReader"

class TriggerMode:
    """Where a function runs that waits."""

    Async: Final = "async"
    AsyncLocal: Final = "async_local"
    Sync: Final = "sync"

class GearsSession:
    """Takes the session along to a thread: `with GearsSession():`."""

    def __init__(self, session: Any = None) -> None: ...
    def __enter__(self) -> GearsSession: ...
    def __exit__(self, *exception: Any) -> bool: ...

def getGearsSession() -> Any: ...
def setGearsSession(session: Any) -> None: ...
def registerGearsThread(session: Any = ...) -> Any: ...

loop: asyncio.AbstractEventLoop

def createKeysOnlyReader(
    pattern: str = "*",
    count: int = 1000,
    noScan: bool = False,
    patternGenerator: Optional[Callable[[], Tuple[str, bool]]] = None,
) -> Callable[[], Iterator[str]]:
    """Makes a function for a PythonReader that yields the names of keys."""

def shardReaderCallback() -> Iterator[str]:
    """Yields one record for a shard: its id."""

def dumps(value: Any, protocol: Optional[int] = None, buffer_callback: Any = None) -> bytes:
    """Pickles anything, functions too (cloudpickle)."""

def loads(data: bytes) -> Any:
    """Reads what `dumps` wrote."""

# Old names, each with a warning in the log.
def Log(message: str, level: _Level = "notice") -> None: ...
def ConfigGet(key: str) -> Optional[str]: ...
def GearsConfigGet(key: str, default: Any = None) -> Any: ...

class GearsBuilder:
    """Reads records, takes them through steps, and runs once or at events."""

    def __init__(
        self,
        reader: Literal[
            "KeysReader",
            "KeysOnlyReader",
            "StreamReader",
            "PythonReader",
            "ShardsIDReader",
            "CommandReader",
        ] = "KeysReader",
        defaultArg: Any = "*",
        desc: Optional[str] = None,
    ) -> None: ...
    def map(self, callback: Callable[[Any], Any]) -> GearsBuilder:
        """Makes another record of each."""

    def filter(self, callback: Callable[[Any], Any]) -> GearsBuilder:
        """Keeps the records for which the callback says yes."""

    def flatmap(self, callback: Callable[[Any], Any]) -> GearsBuilder:
        """Makes several records of each: those of the list that the callback returns."""

    def foreach(self, callback: Callable[[Any], Any]) -> GearsBuilder:
        """Does something with each record, and leaves it as it is."""

    def accumulate(self, callback: Callable[[Any, Any], Any]) -> GearsBuilder:
        """Makes one record of all of a shard; the first one meets `None`."""

    def aggregate(
        self, zero: Any, seqOp: Callable[[Any, Any], Any], combOp: Callable[[Any, Any], Any]
    ) -> GearsBuilder:
        """Makes one record of all: on each shard, and then of those of the shards."""

    def aggregateby(
        self,
        extractor: Callable[[Any], Any],
        zero: Any,
        seqOp: Callable[[Any, Any, Any], Any],
        combOp: Callable[[Any, Any, Any], Any],
    ) -> GearsBuilder:
        """Makes one record of each group: on each shard, and then of those of the shards."""

    def groupby(
        self, extractor: Callable[[Any], Any], reducer: Callable[[Any, Any, Any], Any]
    ) -> GearsBuilder:
        """Makes one record of each group, of all shards."""

    def localgroupby(
        self, extractor: Callable[[Any], Any], reducer: Callable[[Any, Any, Any], Any]
    ) -> GearsBuilder:
        """Makes one record of each group of a shard."""

    def batchgroupby(
        self, extractor: Callable[[Any], Any], reducer: Callable[[Any, List[Any]], Any]
    ) -> GearsBuilder:
        """Makes one record of the list of each group, of all shards."""

    def collect(self) -> GearsBuilder:
        """Brings all records to the shard where it began."""

    def repartition(self, extractor: Callable[[Any], Any]) -> GearsBuilder:
        """Brings each record to the shard of a key."""

    def limit(self, length: int, start: int = 0) -> GearsBuilder:
        """Keeps so many records of a shard."""

    def distinct(self) -> GearsBuilder:
        """Keeps one of those that are the same."""

    def count(self) -> GearsBuilder:
        """Counts the records."""

    def countby(self, extractor: Callable[[Any], Any] = ...) -> GearsBuilder:
        """Counts the records of each group."""

    def avg(self, extractor: Callable[[Any], Any] = ...) -> GearsBuilder:
        """Makes the mean of numbers."""

    def sort(self, reverse: bool = True) -> GearsBuilder:
        """Sorts; `reverse=True` ascends."""

    def run(
        self, arg: Any = None, convertToStr: bool = True, collect: bool = True, **kargs: Any
    ) -> Any:
        """Runs it once."""

    def register(
        self,
        prefix: str = "*",
        convertToStr: bool = True,
        collect: bool = True,
        *,
        mode: _Mode = "async",
        onRegistered: Optional[Callable[[], Any]] = None,
        **kargs: Any,
    ) -> Any:
        """Runs it at events: `trigger=` and `version=`, `hook=`, `eventTypes=`, `batch=` and others say which."""

GB = GearsBuilder
PyFlatExecution = GearsBuilder
gearsCtx = GearsBuilder
