# The names that functions of a server find without importing them, for editors and type
# checkers. Made by generate.py from names.pyi and redis-py 7.0.1; do not edit.

import datetime as _datetime
from typing import Any, Awaitable, Callable, Dict, Final, Iterable, Iterator, List, Literal, Mapping, NoReturn, Optional, Sequence, Set, Tuple, Type, TypeVar, Union
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

_ResponseT = Any
_StringLikeT = Union[bytes, str, memoryview]
_KeyT = _StringLikeT
_ChannelT = _StringLikeT
_EncodedT = Union[bytes, bytearray, memoryview]
_DecodedT = Union[str, int, float]
_EncodableT = Union[_EncodedT, _DecodedT]
_BitfieldOffsetT = Union[int, str]
_ExpiryT = Union[int, _datetime.timedelta]
_AbsExpiryT = Union[int, _datetime.datetime]
_PatternT = _StringLikeT
_KeysT = Union[_KeyT, Iterable[_KeyT]]
_AnyKeyT = TypeVar('_AnyKeyT', bytes, str, memoryview)
_FieldT = _EncodableT
_Number = Union[int, float]
_GroupT = _StringLikeT
_StreamIdT = Union[int, _StringLikeT]
_ConsumerT = _StringLikeT
_ZScoreBoundT = Union[float, str]
_TimeoutSecT = Union[int, float, _StringLikeT]
_ScriptTextT = _StringLikeT

class Commands:
    """The commands of a server, as redis-py has them, over `execute`."""

    def json(self, encoder: Any=..., decoder: Any=...) -> Any:
        """Access the json namespace, providing support for redis json."""
    def ft(self, index_name: Any=...) -> Any:
        """Access the search namespace, providing support for redis search."""
    def ts(self) -> Any:
        """Access the timeseries namespace, providing support for redis timeseries data."""
    def bf(self) -> Any:
        """Access the bloom namespace."""
    def cf(self) -> Any:
        """Access the bloom namespace."""
    def cms(self) -> Any:
        """Access the bloom namespace."""
    def topk(self) -> Any:
        """Access the bloom namespace."""
    def tdigest(self) -> Any:
        """Access the bloom namespace."""
    def vset(self) -> Any:
        """Access the VectorSet commands namespace."""
    def acl_cat(self, category: Optional[str]=..., **kwargs: Any) -> _ResponseT:
        """Returns a list of categories or commands within a category."""
    def acl_dryrun(self, username: Any, *args: Any, **kwargs: Any) -> Any:
        """Simulate the execution of a given command by a given ``username``."""
    def acl_deluser(self, *username: str, **kwargs: Any) -> _ResponseT:
        """Delete the ACL for the specified ``username``\\s"""
    def acl_genpass(self, bits: Optional[int]=..., **kwargs: Any) -> _ResponseT:
        """Generate a random password value. If ``bits`` is supplied then use this number of bits, rounded to the next multiple of 4. See: https://redis.io/commands/acl-genpass"""
    def acl_getuser(self, username: str, **kwargs: Any) -> _ResponseT:
        """Get the ACL details for the specified ``username``."""
    def acl_help(self, **kwargs: Any) -> _ResponseT:
        """The ACL HELP command returns helpful text describing the different subcommands."""
    def acl_list(self, **kwargs: Any) -> _ResponseT:
        """Return a list of all ACLs on the server"""
    def acl_log(self, count: Optional[int]=..., **kwargs: Any) -> _ResponseT:
        """Get ACL logs as a list. :param int count: Get logs[0:count]. :rtype: List."""
    def acl_log_reset(self, **kwargs: Any) -> _ResponseT:
        """Reset ACL logs. :rtype: Boolean."""
    def acl_load(self, **kwargs: Any) -> _ResponseT:
        """Load ACL rules from the configured ``aclfile``."""
    def acl_save(self, **kwargs: Any) -> _ResponseT:
        """Save ACL rules to the configured ``aclfile``."""
    def acl_setuser(self, username: str, enabled: bool=..., nopass: bool=..., passwords: Optional[Union[str, Iterable[str]]]=..., hashed_passwords: Optional[Union[str, Iterable[str]]]=..., categories: Optional[Iterable[str]]=..., commands: Optional[Iterable[str]]=..., keys: Optional[Iterable[_KeyT]]=..., channels: Optional[Iterable[_ChannelT]]=..., selectors: Optional[Iterable[Tuple[str, _KeyT]]]=..., reset: bool=..., reset_keys: bool=..., reset_channels: bool=..., reset_passwords: bool=..., **kwargs: Any) -> _ResponseT:
        """Create or update an ACL user."""
    def acl_users(self, **kwargs: Any) -> _ResponseT:
        """Returns a list of all registered users on the server."""
    def acl_whoami(self, **kwargs: Any) -> _ResponseT:
        """Get the username for the current connection"""
    def cluster(self, cluster_arg: Any, *args: Any, **kwargs: Any) -> _ResponseT: ...
    def readwrite(self, **kwargs: Any) -> _ResponseT:
        """Disables read queries for a connection to a Redis Cluster slave node."""
    def readonly(self, **kwargs: Any) -> _ResponseT:
        """Enables read queries for a connection to a Redis Cluster replica node."""
    def append(self, key: _KeyT, value: _EncodableT) -> _ResponseT:
        """Appends the string ``value`` to the value at ``key``. If ``key`` doesn't already exist, create it with a value of ``value``. Returns the new length of the value at ``key``."""
    def bitcount(self, key: _KeyT, start: Optional[int]=..., end: Optional[int]=..., mode: Optional[str]=...) -> _ResponseT:
        """Returns the count of set bits in the value of ``key``. Optional ``start`` and ``end`` parameters indicate which bytes to consider"""
    def bitfield(self, key: _KeyT, default_overflow: Optional[str]=...) -> Any:
        """Return a BitFieldOperation instance to conveniently construct one or more bitfield operations on ``key``."""
    def bitfield_ro(self, key: _KeyT, encoding: str, offset: _BitfieldOffsetT, items: Optional[list]=...) -> _ResponseT:
        """Return an array of the specified bitfield values where the first value is found using ``encoding`` and ``offset`` parameters and remaining values are result of corresponding encoding/offset pairs in optional list ``items`` Read-only variant of the BITFIELD command."""
    def bitop(self, operation: str, dest: _KeyT, *keys: _KeyT) -> _ResponseT:
        """Perform a bitwise operation using ``operation`` between ``keys`` and store the result in ``dest``."""
    def bitpos(self, key: _KeyT, bit: int, start: Optional[int]=..., end: Optional[int]=..., mode: Optional[str]=...) -> _ResponseT:
        """Return the position of the first bit set to 1 or 0 in a string. ``start`` and ``end`` defines search range. The range is interpreted as a range of bytes and not a range of bits, so start=0 and end=2 means to look at the first three bytes."""
    def copy(self, source: str, destination: str, destination_db: Optional[str]=..., replace: bool=...) -> _ResponseT:
        """Copy the value stored in the ``source`` key to the ``destination`` key."""
    def decrby(self, name: _KeyT, amount: int=...) -> _ResponseT:
        """Decrements the value of ``key`` by ``amount``. If no key exists, the value will be initialized as 0 - ``amount``"""
    decr = decrby
    def delete(self, *names: _KeyT) -> _ResponseT:
        """Delete one or more keys specified by ``names``"""
    def dump(self, name: _KeyT) -> _ResponseT:
        """Return a serialized version of the value stored at the specified key. If key does not exist a nil bulk reply is returned."""
    def exists(self, *names: _KeyT) -> _ResponseT:
        """Returns the number of ``names`` that exist"""
    __contains__ = exists
    def expire(self, name: _KeyT, time: _ExpiryT, nx: bool=..., xx: bool=..., gt: bool=..., lt: bool=...) -> _ResponseT:
        """Set an expire flag on key ``name`` for ``time`` seconds with given ``option``. ``time`` can be represented by an integer or a Python timedelta object."""
    def expireat(self, name: _KeyT, when: _AbsExpiryT, nx: bool=..., xx: bool=..., gt: bool=..., lt: bool=...) -> _ResponseT:
        """Set an expire flag on key ``name`` with given ``option``. ``when`` can be represented as an integer indicating unix time or a Python datetime object."""
    def expiretime(self, key: str) -> int:
        """Returns the absolute Unix timestamp (since January 1, 1970) in seconds at which the given key will expire."""
    def get(self, name: _KeyT) -> _ResponseT:
        """Return the value at key ``name``, or None if the key doesn't exist"""
    def getdel(self, name: _KeyT) -> _ResponseT:
        """Get the value at key ``name`` and delete the key. This command is similar to GET, except for the fact that it also deletes the key on success (if and only if the key's value type is a string)."""
    def getex(self, name: _KeyT, ex: Optional[_ExpiryT]=..., px: Optional[_ExpiryT]=..., exat: Optional[_AbsExpiryT]=..., pxat: Optional[_AbsExpiryT]=..., persist: bool=...) -> _ResponseT:
        """Get the value of key and optionally set its expiration. GETEX is similar to GET, but is a write command with additional options. All time parameters can be given as datetime.timedelta or integers."""
    def getbit(self, name: _KeyT, offset: int) -> _ResponseT:
        """Returns an integer indicating the value of ``offset`` in ``name``"""
    def getrange(self, key: _KeyT, start: int, end: int) -> _ResponseT:
        """Returns the substring of the string value stored at ``key``, determined by the offsets ``start`` and ``end`` (both are inclusive)"""
    def getset(self, name: _KeyT, value: _EncodableT) -> _ResponseT:
        """Sets the value at key ``name`` to ``value`` and returns the old value at key ``name`` atomically."""
    def incrby(self, name: _KeyT, amount: int=...) -> _ResponseT:
        """Increments the value of ``key`` by ``amount``. If no key exists, the value will be initialized as ``amount``"""
    incr = incrby
    def incrbyfloat(self, name: _KeyT, amount: float=...) -> _ResponseT:
        """Increments the value at key ``name`` by floating ``amount``. If no key exists, the value will be initialized as ``amount``"""
    def keys(self, pattern: _PatternT=..., **kwargs: Any) -> _ResponseT:
        """Returns a list of keys matching ``pattern``"""
    def lmove(self, first_list: str, second_list: str, src: str=..., dest: str=...) -> _ResponseT:
        """Atomically returns and removes the first/last element of a list, pushing it as the first/last element on the destination list. Returns the element being popped and pushed."""
    def blmove(self, first_list: str, second_list: str, timeout: int, src: str=..., dest: str=...) -> _ResponseT:
        """Blocking version of lmove."""
    def mget(self, keys: _KeysT, *args: _EncodableT) -> _ResponseT:
        """Returns a list of values ordered identically to ``keys``"""
    def mset(self, mapping: Mapping[_AnyKeyT, _EncodableT]) -> _ResponseT:
        """Sets key/values based on a mapping. Mapping is a dictionary of key/value pairs. Both keys and values should be strings or types that can be cast to a string via str()."""
    def msetnx(self, mapping: Mapping[_AnyKeyT, _EncodableT]) -> _ResponseT:
        """Sets key/values based on a mapping if none of the keys are already set. Mapping is a dictionary of key/value pairs. Both keys and values should be strings or types that can be cast to a string via str(). Returns a boolean indicating if the operation was successful."""
    def move(self, name: _KeyT, db: int) -> _ResponseT:
        """Moves the key ``name`` to a different Redis database ``db``"""
    def persist(self, name: _KeyT) -> _ResponseT:
        """Removes an expiration on ``name``"""
    def pexpire(self, name: _KeyT, time: _ExpiryT, nx: bool=..., xx: bool=..., gt: bool=..., lt: bool=...) -> _ResponseT:
        """Set an expire flag on key ``name`` for ``time`` milliseconds with given ``option``. ``time`` can be represented by an integer or a Python timedelta object."""
    def pexpireat(self, name: _KeyT, when: _AbsExpiryT, nx: bool=..., xx: bool=..., gt: bool=..., lt: bool=...) -> _ResponseT:
        """Set an expire flag on key ``name`` with given ``option``. ``when`` can be represented as an integer representing unix time in milliseconds (unix time * 1000) or a Python datetime object."""
    def pexpiretime(self, key: str) -> int:
        """Returns the absolute Unix timestamp (since January 1, 1970) in milliseconds at which the given key will expire."""
    def psetex(self, name: _KeyT, time_ms: _ExpiryT, value: _EncodableT) -> Any:
        """Set the value of key ``name`` to ``value`` that expires in ``time_ms`` milliseconds. ``time_ms`` can be represented by an integer or a Python timedelta object"""
    def pttl(self, name: _KeyT) -> _ResponseT:
        """Returns the number of milliseconds until the key ``name`` will expire"""
    def hrandfield(self, key: str, count: Optional[int]=..., withvalues: bool=...) -> _ResponseT:
        """Return a random field from the hash value stored at key."""
    def randomkey(self, **kwargs: Any) -> _ResponseT:
        """Returns the name of a random key"""
    def rename(self, src: _KeyT, dst: _KeyT) -> _ResponseT:
        """Rename key ``src`` to ``dst``"""
    def renamenx(self, src: _KeyT, dst: _KeyT) -> Any:
        """Rename key ``src`` to ``dst`` if ``dst`` doesn't already exist"""
    def restore(self, name: _KeyT, ttl: float, value: _EncodableT, replace: bool=..., absttl: bool=..., idletime: Optional[int]=..., frequency: Optional[int]=...) -> _ResponseT:
        """Create a key using the provided serialized value, previously obtained using DUMP."""
    def set(self, name: _KeyT, value: _EncodableT, ex: Optional[_ExpiryT]=..., px: Optional[_ExpiryT]=..., nx: bool=..., xx: bool=..., keepttl: bool=..., get: bool=..., exat: Optional[_AbsExpiryT]=..., pxat: Optional[_AbsExpiryT]=...) -> _ResponseT:
        """Set the value at key ``name`` to ``value``"""
    def setbit(self, name: _KeyT, offset: int, value: int) -> _ResponseT:
        """Flag the ``offset`` in ``name`` as ``value``. Returns an integer indicating the previous value of ``offset``."""
    def setex(self, name: _KeyT, time: _ExpiryT, value: _EncodableT) -> _ResponseT:
        """Set the value of key ``name`` to ``value`` that expires in ``time`` seconds. ``time`` can be represented by an integer or a Python timedelta object."""
    def setnx(self, name: _KeyT, value: _EncodableT) -> _ResponseT:
        """Set the value of key ``name`` to ``value`` if key doesn't exist"""
    def setrange(self, name: _KeyT, offset: int, value: _EncodableT) -> _ResponseT:
        """Overwrite bytes in the value of ``name`` starting at ``offset`` with ``value``. If ``offset`` plus the length of ``value`` exceeds the length of the original value, the new value will be larger than before. If ``offset`` exceeds the length of the original value, null bytes will be used to pad between the end of the previous value and the start of what's being injected."""
    def stralgo(self, algo: Literal['LCS'], value1: _KeyT, value2: _KeyT, specific_argument: Union[Literal['strings'], Literal['keys']]=..., len: bool=..., idx: bool=..., minmatchlen: Optional[int]=..., withmatchlen: bool=..., **kwargs: Any) -> _ResponseT:
        """Implements complex algorithms that operate on strings. Right now the only algorithm implemented is the LCS algorithm (longest common substring). However new algorithms could be implemented in the future."""
    def strlen(self, name: _KeyT) -> _ResponseT:
        """Return the number of bytes stored in the value of ``name``"""
    def substr(self, name: _KeyT, start: int, end: int=...) -> _ResponseT:
        """Return a substring of the string at key ``name``. ``start`` and ``end`` are 0-based integers specifying the portion of the string to return."""
    def touch(self, *args: _KeyT) -> _ResponseT:
        """Alters the last access time of a key(s) ``*args``. A key is ignored if it does not exist."""
    def ttl(self, name: _KeyT) -> _ResponseT:
        """Returns the number of seconds until the key ``name`` will expire"""
    def type(self, name: _KeyT) -> _ResponseT:
        """Returns the type of key ``name``"""
    def watch(self, *names: _KeyT) -> None:
        """Watches the values at keys ``names``, or None if the key doesn't exist"""
    def unwatch(self) -> None:
        """Unwatches all previously watched keys for a transaction"""
    def unlink(self, *names: _KeyT) -> _ResponseT:
        """Unlink one or more keys specified by ``names``"""
    def lcs(self, key1: str, key2: str, len: Optional[bool]=..., idx: Optional[bool]=..., minmatchlen: Optional[int]=..., withmatchlen: Optional[bool]=...) -> Union[str, int, list]:
        """Find the longest common subsequence between ``key1`` and ``key2``. If ``len`` is true the length of the match will will be returned. If ``idx`` is true the match position in each strings will be returned. ``minmatchlen`` restrict the list of matches to the ones of the given ``minmatchlen``. If ``withmatchlen`` the length of the match also will be returned. For more information, see https://redis.io/commands/lcs"""
    def pfadd(self, name: _KeyT, *values: _FieldT) -> _ResponseT:
        """Adds the specified elements to the specified HyperLogLog."""
    def pfcount(self, *sources: _KeyT) -> _ResponseT:
        """Return the approximated cardinality of the set observed by the HyperLogLog at key(s)."""
    def pfmerge(self, dest: _KeyT, *sources: _KeyT) -> _ResponseT:
        """Merge N different HyperLogLogs into a single one."""
    def hdel(self, name: str, *keys: str) -> int:
        """Delete ``keys`` from hash ``name``"""
    def hexists(self, name: str, key: str) -> bool:
        """Returns a boolean indicating if ``key`` exists within hash ``name``"""
    def hget(self, name: str, key: str) -> Optional[str]:
        """Return the value of ``key`` within the hash ``name``"""
    def hgetall(self, name: str) -> dict:
        """Return a Python dict of the hash's name/value pairs"""
    def hgetdel(self, name: str, *keys: str) -> Optional[List[Union[str, bytes]]]:
        """Return the value of ``key`` within the hash ``name`` and delete the field in the hash. This command is similar to HGET, except for the fact that it also deletes the key on success from the hash with the provided ```name```."""
    def hgetex(self, name: _KeyT, *keys: str, ex: Optional[_ExpiryT]=..., px: Optional[_ExpiryT]=..., exat: Optional[_AbsExpiryT]=..., pxat: Optional[_AbsExpiryT]=..., persist: bool=...) -> Optional[List[Union[str, bytes]]]:
        """Return the values of ``key`` and ``keys`` within the hash ``name`` and optionally set their expiration."""
    def hincrby(self, name: str, key: str, amount: int=...) -> int:
        """Increment the value of ``key`` in hash ``name`` by ``amount``"""
    def hincrbyfloat(self, name: str, key: str, amount: float=...) -> float:
        """Increment the value of ``key`` in hash ``name`` by floating ``amount``"""
    def hkeys(self, name: str) -> List:
        """Return the list of keys within hash ``name``"""
    def hlen(self, name: str) -> int:
        """Return the number of elements in hash ``name``"""
    def hset(self, name: str, key: Optional[str]=..., value: Optional[str]=..., mapping: Optional[dict]=..., items: Optional[list]=...) -> int:
        """Set ``key`` to ``value`` within hash ``name``, ``mapping`` accepts a dict of key/value pairs that will be added to hash ``name``. ``items`` accepts a list of key/value pairs that will be added to hash ``name``. Returns the number of fields that were added."""
    def hsetex(self, name: str, key: Optional[str]=..., value: Optional[str]=..., mapping: Optional[dict]=..., items: Optional[list]=..., ex: Optional[_ExpiryT]=..., px: Optional[_ExpiryT]=..., exat: Optional[_AbsExpiryT]=..., pxat: Optional[_AbsExpiryT]=..., data_persist_option: Optional[Any]=..., keepttl: bool=...) -> int:
        """Set ``key`` to ``value`` within hash ``name``"""
    def hsetnx(self, name: str, key: str, value: str) -> bool:
        """Set ``key`` to ``value`` within hash ``name`` if ``key`` does not exist. Returns 1 if HSETNX created a field, otherwise 0."""
    def hmset(self, name: str, mapping: dict) -> str:
        """Set key to value within hash ``name`` for each corresponding key and value from the ``mapping`` dict."""
    def hmget(self, name: str, keys: List, *args: List) -> List:
        """Returns a list of values ordered identically to ``keys``"""
    def hvals(self, name: str) -> List:
        """Return the list of values within hash ``name``"""
    def hstrlen(self, name: str, key: str) -> int:
        """Return the number of bytes stored in the value of ``key`` within hash ``name``"""
    def hexpire(self, name: _KeyT, seconds: _ExpiryT, *fields: str, nx: bool=..., xx: bool=..., gt: bool=..., lt: bool=...) -> _ResponseT:
        """Sets or updates the expiration time for fields within a hash key, using relative time in seconds."""
    def hpexpire(self, name: _KeyT, milliseconds: _ExpiryT, *fields: str, nx: bool=..., xx: bool=..., gt: bool=..., lt: bool=...) -> _ResponseT:
        """Sets or updates the expiration time for fields within a hash key, using relative time in milliseconds."""
    def hexpireat(self, name: _KeyT, unix_time_seconds: _AbsExpiryT, *fields: str, nx: bool=..., xx: bool=..., gt: bool=..., lt: bool=...) -> _ResponseT:
        """Sets or updates the expiration time for fields within a hash key, using an absolute Unix timestamp in seconds."""
    def hpexpireat(self, name: _KeyT, unix_time_milliseconds: _AbsExpiryT, *fields: str, nx: bool=..., xx: bool=..., gt: bool=..., lt: bool=...) -> _ResponseT:
        """Sets or updates the expiration time for fields within a hash key, using an absolute Unix timestamp in milliseconds."""
    def hpersist(self, name: _KeyT, *fields: str) -> _ResponseT:
        """Removes the expiration time for each specified field in a hash."""
    def hexpiretime(self, key: _KeyT, *fields: str) -> _ResponseT:
        """Returns the expiration times of hash fields as Unix timestamps in seconds."""
    def hpexpiretime(self, key: _KeyT, *fields: str) -> _ResponseT:
        """Returns the expiration times of hash fields as Unix timestamps in milliseconds."""
    def httl(self, key: _KeyT, *fields: str) -> _ResponseT:
        """Returns the TTL (Time To Live) in seconds for each specified field within a hash key."""
    def hpttl(self, key: _KeyT, *fields: str) -> _ResponseT:
        """Returns the TTL (Time To Live) in milliseconds for each specified field within a hash key."""
    def geoadd(self, name: _KeyT, values: Sequence[_EncodableT], nx: bool=..., xx: bool=..., ch: bool=...) -> _ResponseT:
        """Add the specified geospatial items to the specified key identified by the ``name`` argument. The Geospatial items are given as ordered members of the ``values`` argument, each item or place is formed by the triad longitude, latitude and name."""
    def geodist(self, name: _KeyT, place1: _FieldT, place2: _FieldT, unit: Optional[str]=...) -> _ResponseT:
        """Return the distance between ``place1`` and ``place2`` members of the ``name`` key. The units must be one of the following : m, km mi, ft. By default meters are used."""
    def geohash(self, name: _KeyT, *values: _FieldT) -> _ResponseT:
        """Return the geo hash string for each item of ``values`` members of the specified key identified by the ``name`` argument."""
    def geopos(self, name: _KeyT, *values: _FieldT) -> _ResponseT:
        """Return the positions of each item of ``values`` as members of the specified key identified by the ``name`` argument. Each position is represented by the pairs lon and lat."""
    def georadius(self, name: _KeyT, longitude: float, latitude: float, radius: float, unit: Optional[str]=..., withdist: bool=..., withcoord: bool=..., withhash: bool=..., count: Optional[int]=..., sort: Optional[str]=..., store: Optional[_KeyT]=..., store_dist: Optional[_KeyT]=..., any: bool=...) -> _ResponseT:
        """Return the members of the specified key identified by the ``name`` argument which are within the borders of the area specified with the ``latitude`` and ``longitude`` location and the maximum distance from the center specified by the ``radius`` value."""
    def georadiusbymember(self, name: _KeyT, member: _FieldT, radius: float, unit: Optional[str]=..., withdist: bool=..., withcoord: bool=..., withhash: bool=..., count: Optional[int]=..., sort: Optional[str]=..., store: Union[_KeyT, None]=..., store_dist: Union[_KeyT, None]=..., any: bool=...) -> _ResponseT:
        """This command is exactly like ``georadius`` with the sole difference that instead of taking, as the center of the area to query, a longitude and latitude value, it takes the name of a member already existing inside the geospatial index represented by the sorted set."""
    def geosearch(self, name: _KeyT, member: Union[_FieldT, None]=..., longitude: Union[float, None]=..., latitude: Union[float, None]=..., unit: str=..., radius: Union[float, None]=..., width: Union[float, None]=..., height: Union[float, None]=..., sort: Optional[str]=..., count: Optional[int]=..., any: bool=..., withcoord: bool=..., withdist: bool=..., withhash: bool=...) -> _ResponseT:
        """Return the members of specified key identified by the ``name`` argument, which are within the borders of the area specified by a given shape. This command extends the GEORADIUS command, so in addition to searching within circular areas, it supports searching within rectangular areas."""
    def geosearchstore(self, dest: _KeyT, name: _KeyT, member: Optional[_FieldT]=..., longitude: Optional[float]=..., latitude: Optional[float]=..., unit: str=..., radius: Optional[float]=..., width: Optional[float]=..., height: Optional[float]=..., sort: Optional[str]=..., count: Optional[int]=..., any: bool=..., storedist: bool=...) -> _ResponseT:
        """This command is like GEOSEARCH, but stores the result in ``dest``. By default, it stores the results in the destination sorted set with their geospatial information. if ``store_dist`` set to True, the command will stores the items in a sorted set populated with their distance from the center of the circle or box, as a floating-point number."""
    def blpop(self, keys: List, timeout: Optional[_Number]=...) -> list:
        """LPOP a value off of the first non-empty list named in the ``keys`` list."""
    def brpop(self, keys: List, timeout: Optional[_Number]=...) -> list:
        """RPOP a value off of the first non-empty list named in the ``keys`` list."""
    def brpoplpush(self, src: str, dst: str, timeout: Optional[_Number]=...) -> Optional[str]:
        """Pop a value off the tail of ``src``, push it on the head of ``dst`` and then return it."""
    def blmpop(self, timeout: float, numkeys: int, *args: str, direction: str, count: Optional[int]=...) -> Optional[list]:
        """Pop ``count`` values (default 1) from first non-empty in the list of provided key names."""
    def lmpop(self, num_keys: int, *args: str, direction: str, count: Optional[int]=...) -> list:
        """Pop ``count`` values (default 1) first non-empty list key from the list of args provided key names."""
    def lindex(self, name: str, index: int) -> Optional[str]:
        """Return the item from list ``name`` at position ``index``"""
    def linsert(self, name: str, where: str, refvalue: str, value: str) -> int:
        """Insert ``value`` in list ``name`` either immediately before or after [``where``] ``refvalue``"""
    def llen(self, name: str) -> int:
        """Return the length of the list ``name``"""
    def lpop(self, name: str, count: Optional[int]=...) -> Union[str, List, None]:
        """Removes and returns the first elements of the list ``name``."""
    def lpush(self, name: str, *values: _FieldT) -> int:
        """Push ``values`` onto the head of the list ``name``"""
    def lpushx(self, name: str, *values: _FieldT) -> int:
        """Push ``value`` onto the head of the list ``name`` if ``name`` exists"""
    def lrange(self, name: str, start: int, end: int) -> list:
        """Return a slice of the list ``name`` between position ``start`` and ``end``"""
    def lrem(self, name: str, count: int, value: str) -> int:
        """Remove the first ``count`` occurrences of elements equal to ``value`` from the list stored at ``name``."""
    def lset(self, name: str, index: int, value: str) -> str:
        """Set element at ``index`` of list ``name`` to ``value``"""
    def ltrim(self, name: str, start: int, end: int) -> str:
        """Trim the list ``name``, removing all values not within the slice between ``start`` and ``end``"""
    def rpop(self, name: str, count: Optional[int]=...) -> Union[str, List, None]:
        """Removes and returns the last elements of the list ``name``."""
    def rpoplpush(self, src: str, dst: str) -> str:
        """RPOP a value off of the ``src`` list and atomically LPUSH it on to the ``dst`` list. Returns the value."""
    def rpush(self, name: str, *values: _FieldT) -> int:
        """Push ``values`` onto the tail of the list ``name``"""
    def rpushx(self, name: str, *values: str) -> int:
        """Push ``value`` onto the tail of the list ``name`` if ``name`` exists"""
    def lpos(self, name: str, value: str, rank: Optional[int]=..., count: Optional[int]=..., maxlen: Optional[int]=...) -> Union[str, List, None]:
        """Get position of ``value`` within the list ``name``"""
    def sort(self, name: str, start: Optional[int]=..., num: Optional[int]=..., by: Optional[str]=..., get: Optional[List[str]]=..., desc: bool=..., alpha: bool=..., store: Optional[str]=..., groups: Optional[bool]=...) -> Union[List, int]:
        """Sort and return the list, set or sorted set at ``name``."""
    def sort_ro(self, key: str, start: Optional[int]=..., num: Optional[int]=..., by: Optional[str]=..., get: Optional[List[str]]=..., desc: bool=..., alpha: bool=...) -> list:
        """Returns the elements contained in the list, set or sorted set at key. (read-only variant of the SORT command)"""
    def scan(self, cursor: int=..., match: Union[_PatternT, None]=..., count: Optional[int]=..., _type: Optional[str]=..., **kwargs: Any) -> _ResponseT:
        """Incrementally return lists of key names. Also return a cursor indicating the scan position."""
    def scan_iter(self, match: Union[_PatternT, None]=..., count: Optional[int]=..., _type: Optional[str]=..., **kwargs: Any) -> Iterator:
        """Make an iterator using the SCAN command so that the client doesn't need to remember the cursor position."""
    def sscan(self, name: _KeyT, cursor: int=..., match: Union[_PatternT, None]=..., count: Optional[int]=...) -> _ResponseT:
        """Incrementally return lists of elements in a set. Also return a cursor indicating the scan position."""
    def sscan_iter(self, name: _KeyT, match: Union[_PatternT, None]=..., count: Optional[int]=...) -> Iterator:
        """Make an iterator using the SSCAN command so that the client doesn't need to remember the cursor position."""
    def hscan(self, name: _KeyT, cursor: int=..., match: Union[_PatternT, None]=..., count: Optional[int]=..., no_values: Union[bool, None]=...) -> _ResponseT:
        """Incrementally return key/value slices in a hash. Also return a cursor indicating the scan position."""
    def hscan_iter(self, name: str, match: Union[_PatternT, None]=..., count: Optional[int]=..., no_values: Union[bool, None]=...) -> Iterator:
        """Make an iterator using the HSCAN command so that the client doesn't need to remember the cursor position."""
    def zscan(self, name: _KeyT, cursor: int=..., match: Union[_PatternT, None]=..., count: Optional[int]=..., score_cast_func: Union[Type, Callable]=...) -> _ResponseT:
        """Incrementally return lists of elements in a sorted set. Also return a cursor indicating the scan position."""
    def zscan_iter(self, name: _KeyT, match: Union[_PatternT, None]=..., count: Optional[int]=..., score_cast_func: Union[Type, Callable]=...) -> Iterator:
        """Make an iterator using the ZSCAN command so that the client doesn't need to remember the cursor position."""
    def sadd(self, name: _KeyT, *values: _FieldT) -> int:
        """Add ``value(s)`` to set ``name``"""
    def scard(self, name: _KeyT) -> int:
        """Return the number of elements in set ``name``"""
    def sdiff(self, keys: List, *args: List) -> list:
        """Return the difference of sets specified by ``keys``"""
    def sdiffstore(self, dest: str, keys: List, *args: List) -> int:
        """Store the difference of sets specified by ``keys`` into a new set named ``dest``. Returns the number of keys in the new set."""
    def sinter(self, keys: List, *args: List) -> list:
        """Return the intersection of sets specified by ``keys``"""
    def sintercard(self, numkeys: int, keys: List[_KeyT], limit: int=...) -> int:
        """Return the cardinality of the intersect of multiple sets specified by ``keys``."""
    def sinterstore(self, dest: _KeyT, keys: List, *args: List) -> int:
        """Store the intersection of sets specified by ``keys`` into a new set named ``dest``. Returns the number of keys in the new set."""
    def sismember(self, name: _KeyT, value: str) -> Union[Literal[0], Literal[1]]:
        """Return whether ``value`` is a member of set ``name``: - 1 if the value is a member of the set. - 0 if the value is not a member of the set or if key does not exist."""
    def smembers(self, name: _KeyT) -> Set:
        """Return all members of the set ``name``"""
    def smismember(self, name: _KeyT, values: List, *args: List) -> List[Union[Literal[0], Literal[1]]]:
        """Return whether each value in ``values`` is a member of the set ``name`` as a list of ``int`` in the order of ``values``: - 1 if the value is a member of the set. - 0 if the value is not a member of the set or if key does not exist."""
    def smove(self, src: _KeyT, dst: _KeyT, value: str) -> bool:
        """Move ``value`` from set ``src`` to set ``dst`` atomically"""
    def spop(self, name: _KeyT, count: Optional[int]=...) -> Union[str, List, None]:
        """Remove and return a random member of set ``name``"""
    def srandmember(self, name: _KeyT, number: Optional[int]=...) -> Union[str, List, None]:
        """If ``number`` is None, returns a random member of set ``name``."""
    def srem(self, name: _KeyT, *values: _FieldT) -> int:
        """Remove ``values`` from set ``name``"""
    def sunion(self, keys: List, *args: List) -> List:
        """Return the union of sets specified by ``keys``"""
    def sunionstore(self, dest: _KeyT, keys: List, *args: List) -> int:
        """Store the union of sets specified by ``keys`` into a new set named ``dest``. Returns the number of keys in the new set."""
    def xack(self, name: _KeyT, groupname: _GroupT, *ids: _StreamIdT) -> _ResponseT:
        """Acknowledges the successful processing of one or more messages."""
    def xackdel(self, name: _KeyT, groupname: _GroupT, *ids: _StreamIdT, ref_policy: Literal['KEEPREF', 'DELREF', 'ACKED']=...) -> _ResponseT:
        """Combines the functionality of XACK and XDEL. Acknowledges the specified message IDs in the given consumer group and simultaneously attempts to delete the corresponding entries from the stream."""
    def xadd(self, name: _KeyT, fields: Dict[_FieldT, _EncodableT], id: _StreamIdT=..., maxlen: Optional[int]=..., approximate: bool=..., nomkstream: bool=..., minid: Union[_StreamIdT, None]=..., limit: Optional[int]=..., ref_policy: Optional[Literal['KEEPREF', 'DELREF', 'ACKED']]=...) -> _ResponseT:
        """Add to a stream. name: name of the stream fields: dict of field/value pairs to insert into the stream id: Location to insert this record. By default it is appended. maxlen: truncate old stream members beyond this size. Can't be specified with minid. approximate: actual stream length may be slightly more than maxlen nomkstream: When set to true, do not make a stream minid: the minimum id in the stream to query. Can't be specified with maxlen. limit: specifies the maximum number of entries to retrieve ref_policy: optional reference policy for consumer groups when trimming: - KEEPREF (default): When trimming, preserves references in consumer groups' PEL - DELREF: When trimming, removes all references from consumer groups' PEL - ACKED: When trimming, only removes entries acknowledged by all consumer groups"""
    def xautoclaim(self, name: _KeyT, groupname: _GroupT, consumername: _ConsumerT, min_idle_time: int, start_id: _StreamIdT=..., count: Optional[int]=..., justid: bool=...) -> _ResponseT:
        """Transfers ownership of pending stream entries that match the specified criteria. Conceptually, equivalent to calling XPENDING and then XCLAIM, but provides a more straightforward way to deal with message delivery failures via SCAN-like semantics. name: name of the stream. groupname: name of the consumer group. consumername: name of a consumer that claims the message. min_idle_time: filter messages that were idle less than this amount of milliseconds. start_id: filter messages with equal or greater ID. count: optional integer, upper limit of the number of entries that the command attempts to claim. Set to 100 by default. justid: optional boolean, false by default. Return just an array of IDs of messages successfully claimed, without returning the actual message"""
    def xclaim(self, name: _KeyT, groupname: _GroupT, consumername: _ConsumerT, min_idle_time: int, message_ids: Union[List[_StreamIdT], Tuple[_StreamIdT]], idle: Optional[int]=..., time: Optional[int]=..., retrycount: Optional[int]=..., force: bool=..., justid: bool=...) -> _ResponseT:
        """Changes the ownership of a pending message."""
    def xdel(self, name: _KeyT, *ids: _StreamIdT) -> _ResponseT:
        """Deletes one or more messages from a stream."""
    def xdelex(self, name: _KeyT, *ids: _StreamIdT, ref_policy: Literal['KEEPREF', 'DELREF', 'ACKED']=...) -> _ResponseT:
        """Extended version of XDEL that provides more control over how message entries are deleted concerning consumer groups."""
    def xgroup_create(self, name: _KeyT, groupname: _GroupT, id: _StreamIdT=..., mkstream: bool=..., entries_read: Optional[int]=...) -> _ResponseT:
        """Create a new consumer group associated with a stream. name: name of the stream. groupname: name of the consumer group. id: ID of the last item in the stream to consider already delivered."""
    def xgroup_delconsumer(self, name: _KeyT, groupname: _GroupT, consumername: _ConsumerT) -> _ResponseT:
        """Remove a specific consumer from a consumer group. Returns the number of pending messages that the consumer had before it was deleted. name: name of the stream. groupname: name of the consumer group. consumername: name of consumer to delete"""
    def xgroup_destroy(self, name: _KeyT, groupname: _GroupT) -> _ResponseT:
        """Destroy a consumer group. name: name of the stream. groupname: name of the consumer group."""
    def xgroup_createconsumer(self, name: _KeyT, groupname: _GroupT, consumername: _ConsumerT) -> _ResponseT:
        """Consumers in a consumer group are auto-created every time a new consumer name is mentioned by some command. They can be explicitly created by using this command. name: name of the stream. groupname: name of the consumer group. consumername: name of consumer to create."""
    def xgroup_setid(self, name: _KeyT, groupname: _GroupT, id: _StreamIdT, entries_read: Optional[int]=...) -> _ResponseT:
        """Set the consumer group last delivered ID to something else. name: name of the stream. groupname: name of the consumer group. id: ID of the last item in the stream to consider already delivered."""
    def xinfo_consumers(self, name: _KeyT, groupname: _GroupT) -> _ResponseT:
        """Returns general information about the consumers in the group. name: name of the stream. groupname: name of the consumer group."""
    def xinfo_groups(self, name: _KeyT) -> _ResponseT:
        """Returns general information about the consumer groups of the stream. name: name of the stream."""
    def xinfo_stream(self, name: _KeyT, full: bool=...) -> _ResponseT:
        """Returns general information about the stream. name: name of the stream. full: optional boolean, false by default. Return full summary"""
    def xlen(self, name: _KeyT) -> _ResponseT:
        """Returns the number of elements in a given stream."""
    def xpending(self, name: _KeyT, groupname: _GroupT) -> _ResponseT:
        """Returns information about pending messages of a group. name: name of the stream. groupname: name of the consumer group."""
    def xpending_range(self, name: _KeyT, groupname: _GroupT, min: _StreamIdT, max: _StreamIdT, count: int, consumername: Union[_ConsumerT, None]=..., idle: Optional[int]=...) -> _ResponseT:
        """Returns information about pending messages, in a range."""
    def xrange(self, name: _KeyT, min: _StreamIdT=..., max: _StreamIdT=..., count: Optional[int]=...) -> _ResponseT:
        """Read stream values within an interval."""
    def xread(self, streams: Dict[_KeyT, _StreamIdT], count: Optional[int]=..., block: Optional[int]=...) -> _ResponseT:
        """Block and monitor multiple streams for new data."""
    def xreadgroup(self, groupname: str, consumername: str, streams: Dict[_KeyT, _StreamIdT], count: Optional[int]=..., block: Optional[int]=..., noack: bool=...) -> _ResponseT:
        """Read from a stream via a consumer group."""
    def xrevrange(self, name: _KeyT, max: _StreamIdT=..., min: _StreamIdT=..., count: Optional[int]=...) -> _ResponseT:
        """Read stream values within an interval, in reverse order."""
    def xtrim(self, name: _KeyT, maxlen: Optional[int]=..., approximate: bool=..., minid: Union[_StreamIdT, None]=..., limit: Optional[int]=..., ref_policy: Optional[Literal['KEEPREF', 'DELREF', 'ACKED']]=...) -> _ResponseT:
        """Trims old messages from a stream. name: name of the stream. maxlen: truncate old stream messages beyond this size Can't be specified with minid. approximate: actual stream length may be slightly more than maxlen minid: the minimum id in the stream to query Can't be specified with maxlen. limit: specifies the maximum number of entries to retrieve ref_policy: optional reference policy for consumer groups: - KEEPREF (default): Trims entries but preserves references in consumer groups' PEL - DELREF: Trims entries and removes all references from consumer groups' PEL - ACKED: Only trims entries that were read and acknowledged by all consumer groups"""
    def zadd(self, name: _KeyT, mapping: Mapping[_AnyKeyT, _EncodableT], nx: bool=..., xx: bool=..., ch: bool=..., incr: bool=..., gt: bool=..., lt: bool=...) -> _ResponseT:
        """Set any number of element-name, score pairs to the key ``name``. Pairs are specified as a dict of element-names keys to score values."""
    def zcard(self, name: _KeyT) -> _ResponseT:
        """Return the number of elements in the sorted set ``name``"""
    def zcount(self, name: _KeyT, min: _ZScoreBoundT, max: _ZScoreBoundT) -> _ResponseT:
        """Returns the number of elements in the sorted set at key ``name`` with a score between ``min`` and ``max``."""
    def zdiff(self, keys: _KeysT, withscores: bool=...) -> _ResponseT:
        """Returns the difference between the first and all successive input sorted sets provided in ``keys``."""
    def zdiffstore(self, dest: _KeyT, keys: _KeysT) -> _ResponseT:
        """Computes the difference between the first and all successive input sorted sets provided in ``keys`` and stores the result in ``dest``."""
    def zincrby(self, name: _KeyT, amount: float, value: _EncodableT) -> _ResponseT:
        """Increment the score of ``value`` in sorted set ``name`` by ``amount``"""
    def zinter(self, keys: _KeysT, aggregate: Optional[str]=..., withscores: bool=...) -> _ResponseT:
        """Return the intersect of multiple sorted sets specified by ``keys``. With the ``aggregate`` option, it is possible to specify how the results of the union are aggregated. This option defaults to SUM, where the score of an element is summed across the inputs where it exists. When this option is set to either MIN or MAX, the resulting set will contain the minimum or maximum score of an element across the inputs where it exists."""
    def zinterstore(self, dest: _KeyT, keys: Union[Sequence[_KeyT], Mapping[_AnyKeyT, float]], aggregate: Optional[str]=...) -> _ResponseT:
        """Intersect multiple sorted sets specified by ``keys`` into a new sorted set, ``dest``. Scores in the destination will be aggregated based on the ``aggregate``. This option defaults to SUM, where the score of an element is summed across the inputs where it exists. When this option is set to either MIN or MAX, the resulting set will contain the minimum or maximum score of an element across the inputs where it exists."""
    def zintercard(self, numkeys: int, keys: List[str], limit: int=...) -> int:
        """Return the cardinality of the intersect of multiple sorted sets specified by ``keys``. When LIMIT provided (defaults to 0 and means unlimited), if the intersection cardinality reaches limit partway through the computation, the algorithm will exit and yield limit as the cardinality"""
    def zlexcount(self, name: Any, min: Any, max: Any) -> Any:
        """Return the number of items in the sorted set ``name`` between the lexicographical range ``min`` and ``max``."""
    def zpopmax(self, name: _KeyT, count: Optional[int]=...) -> _ResponseT:
        """Remove and return up to ``count`` members with the highest scores from the sorted set ``name``."""
    def zpopmin(self, name: _KeyT, count: Optional[int]=...) -> _ResponseT:
        """Remove and return up to ``count`` members with the lowest scores from the sorted set ``name``."""
    def zrandmember(self, key: _KeyT, count: Optional[int]=..., withscores: bool=...) -> _ResponseT:
        """Return a random element from the sorted set value stored at key."""
    def bzpopmax(self, keys: _KeysT, timeout: _TimeoutSecT=...) -> _ResponseT:
        """ZPOPMAX a value off of the first non-empty sorted set named in the ``keys`` list."""
    def bzpopmin(self, keys: _KeysT, timeout: _TimeoutSecT=...) -> _ResponseT:
        """ZPOPMIN a value off of the first non-empty sorted set named in the ``keys`` list."""
    def zmpop(self, num_keys: int, keys: List[str], min: Optional[bool]=..., max: Optional[bool]=..., count: Optional[int]=...) -> list:
        """Pop ``count`` values (default 1) off of the first non-empty sorted set named in the ``keys`` list. For more information, see https://redis.io/commands/zmpop"""
    def bzmpop(self, timeout: float, numkeys: int, keys: List[str], min: Optional[bool]=..., max: Optional[bool]=..., count: Optional[int]=...) -> Optional[list]:
        """Pop ``count`` values (default 1) off of the first non-empty sorted set named in the ``keys`` list."""
    def zrange(self, name: _KeyT, start: int, end: int, desc: bool=..., withscores: bool=..., score_cast_func: Union[Type, Callable]=..., byscore: bool=..., bylex: bool=..., offset: Optional[int]=..., num: Optional[int]=...) -> _ResponseT:
        """Return a range of values from sorted set ``name`` between ``start`` and ``end`` sorted in ascending order."""
    def zrevrange(self, name: _KeyT, start: int, end: int, withscores: bool=..., score_cast_func: Union[Type, Callable]=...) -> _ResponseT:
        """Return a range of values from sorted set ``name`` between ``start`` and ``end`` sorted in descending order."""
    def zrangestore(self, dest: _KeyT, name: _KeyT, start: int, end: int, byscore: bool=..., bylex: bool=..., desc: bool=..., offset: Optional[int]=..., num: Optional[int]=...) -> _ResponseT:
        """Stores in ``dest`` the result of a range of values from sorted set ``name`` between ``start`` and ``end`` sorted in ascending order."""
    def zrangebylex(self, name: _KeyT, min: _EncodableT, max: _EncodableT, start: Optional[int]=..., num: Optional[int]=...) -> _ResponseT:
        """Return the lexicographical range of values from sorted set ``name`` between ``min`` and ``max``."""
    def zrevrangebylex(self, name: _KeyT, max: _EncodableT, min: _EncodableT, start: Optional[int]=..., num: Optional[int]=...) -> _ResponseT:
        """Return the reversed lexicographical range of values from sorted set ``name`` between ``max`` and ``min``."""
    def zrangebyscore(self, name: _KeyT, min: _ZScoreBoundT, max: _ZScoreBoundT, start: Optional[int]=..., num: Optional[int]=..., withscores: bool=..., score_cast_func: Union[Type, Callable]=...) -> _ResponseT:
        """Return a range of values from the sorted set ``name`` with scores between ``min`` and ``max``."""
    def zrevrangebyscore(self, name: _KeyT, max: _ZScoreBoundT, min: _ZScoreBoundT, start: Optional[int]=..., num: Optional[int]=..., withscores: bool=..., score_cast_func: Union[Type, Callable]=...) -> Any:
        """Return a range of values from the sorted set ``name`` with scores between ``min`` and ``max`` in descending order."""
    def zrank(self, name: _KeyT, value: _EncodableT, withscore: bool=..., score_cast_func: Union[Type, Callable]=...) -> _ResponseT:
        """Returns a 0-based value indicating the rank of ``value`` in sorted set ``name``. The optional WITHSCORE argument supplements the command's reply with the score of the element returned."""
    def zrem(self, name: _KeyT, *values: _FieldT) -> _ResponseT:
        """Remove member ``values`` from sorted set ``name``"""
    def zremrangebylex(self, name: _KeyT, min: _EncodableT, max: _EncodableT) -> _ResponseT:
        """Remove all elements in the sorted set ``name`` between the lexicographical range specified by ``min`` and ``max``."""
    def zremrangebyrank(self, name: _KeyT, min: int, max: int) -> _ResponseT:
        """Remove all elements in the sorted set ``name`` with ranks between ``min`` and ``max``. Values are 0-based, ordered from smallest score to largest. Values can be negative indicating the highest scores. Returns the number of elements removed"""
    def zremrangebyscore(self, name: _KeyT, min: _ZScoreBoundT, max: _ZScoreBoundT) -> _ResponseT:
        """Remove all elements in the sorted set ``name`` with scores between ``min`` and ``max``. Returns the number of elements removed."""
    def zrevrank(self, name: _KeyT, value: _EncodableT, withscore: bool=..., score_cast_func: Union[Type, Callable]=...) -> _ResponseT:
        """Returns a 0-based value indicating the descending rank of ``value`` in sorted set ``name``. The optional ``withscore`` argument supplements the command's reply with the score of the element returned."""
    def zscore(self, name: _KeyT, value: _EncodableT) -> _ResponseT:
        """Return the score of element ``value`` in sorted set ``name``"""
    def zunion(self, keys: Union[Sequence[_KeyT], Mapping[_AnyKeyT, float]], aggregate: Optional[str]=..., withscores: bool=..., score_cast_func: Union[Type, Callable]=...) -> _ResponseT:
        """Return the union of multiple sorted sets specified by ``keys``. ``keys`` can be provided as dictionary of keys and their weights. Scores will be aggregated based on the ``aggregate``, or SUM if none is provided."""
    def zunionstore(self, dest: _KeyT, keys: Union[Sequence[_KeyT], Mapping[_AnyKeyT, float]], aggregate: Optional[str]=...) -> _ResponseT:
        """Union multiple sorted sets specified by ``keys`` into a new sorted set, ``dest``. Scores in the destination will be aggregated based on the ``aggregate``, or SUM if none is provided."""
    def zmscore(self, key: _KeyT, members: List[str]) -> _ResponseT:
        """Returns the scores associated with the specified members in the sorted set stored at key. ``members`` should be a list of the member name. Return type is a list of score. If the member does not exist, a None will be returned in corresponding position."""
    def auth(self, password: str, username: Optional[str]=..., **kwargs: Any) -> Any:
        """Authenticates the user. If you do not pass username, Redis will try to authenticate for the "default" user. If you do pass username, it will authenticate for the given user. For more information, see https://redis.io/commands/auth"""
    def bgrewriteaof(self, **kwargs: Any) -> Any:
        """Tell the Redis server to rewrite the AOF file from data in memory."""
    def bgsave(self, schedule: bool=..., **kwargs: Any) -> _ResponseT:
        """Tell the Redis server to save its data to disk. Unlike save(), this method is asynchronous and returns immediately."""
    def role(self) -> _ResponseT:
        """Provide information on the role of a Redis instance in the context of replication, by returning if the instance is currently a master, slave, or sentinel."""
    def client_kill(self, address: str, **kwargs: Any) -> _ResponseT:
        """Disconnects the client at ``address`` (ip:port)"""
    def client_kill_filter(self, _id: Optional[str]=..., _type: Optional[str]=..., addr: Optional[str]=..., skipme: Optional[bool]=..., laddr: Optional[bool]=..., user: Optional[str]=..., maxage: Optional[int]=..., **kwargs: Any) -> _ResponseT:
        """Disconnects client(s) using a variety of filter options :param _id: Kills a client by its unique ID field :param _type: Kills a client by type where type is one of 'normal', 'master', 'slave' or 'pubsub' :param addr: Kills a client by its 'address:port' :param skipme: If True, then the client calling the command will not get killed even if it is identified by one of the filter options. If skipme is not provided, the server defaults to skipme=True :param laddr: Kills a client by its 'local (bind) address:port' :param user: Kills a client for a specific user name :param maxage: Kills clients that are older than the specified age in seconds"""
    def client_info(self, **kwargs: Any) -> _ResponseT:
        """Returns information and statistics about the current client connection."""
    def client_list(self, _type: Optional[str]=..., client_id: List[_EncodableT]=..., **kwargs: Any) -> _ResponseT:
        """Returns a list of currently connected clients. If type of client specified, only that type will be returned."""
    def client_getname(self, **kwargs: Any) -> _ResponseT:
        """Returns the current connection name"""
    def client_getredir(self, **kwargs: Any) -> _ResponseT:
        """Returns the ID (an integer) of the client to whom we are redirecting tracking notifications."""
    def client_reply(self, reply: Union[Literal['ON'], Literal['OFF'], Literal['SKIP']], **kwargs: Any) -> _ResponseT:
        """Enable and disable redis server replies."""
    def client_id(self, **kwargs: Any) -> _ResponseT:
        """Returns the current connection id"""
    def client_tracking_on(self, clientid: Optional[int]=..., prefix: Sequence[_KeyT]=..., bcast: bool=..., optin: bool=..., optout: bool=..., noloop: bool=...) -> _ResponseT:
        """Turn on the tracking mode. For more information, about the options look at client_tracking func."""
    def client_tracking_off(self, clientid: Optional[int]=..., prefix: Sequence[_KeyT]=..., bcast: bool=..., optin: bool=..., optout: bool=..., noloop: bool=...) -> _ResponseT:
        """Turn off the tracking mode. For more information, about the options look at client_tracking func."""
    def client_tracking(self, on: bool=..., clientid: Optional[int]=..., prefix: Sequence[_KeyT]=..., bcast: bool=..., optin: bool=..., optout: bool=..., noloop: bool=..., **kwargs: Any) -> _ResponseT:
        """Enables the tracking feature of the Redis server, that is used for server assisted client side caching."""
    def client_trackinginfo(self, **kwargs: Any) -> _ResponseT:
        """Returns the information about the current client connection's use of the server assisted client side cache."""
    def client_setname(self, name: str, **kwargs: Any) -> _ResponseT:
        """Sets the current connection name"""
    def client_setinfo(self, attr: str, value: str, **kwargs: Any) -> _ResponseT:
        """Sets the current connection library name or version For mor information see https://redis.io/commands/client-setinfo"""
    def client_unblock(self, client_id: int, error: bool=..., **kwargs: Any) -> _ResponseT:
        """Unblocks a connection by its client id. If ``error`` is True, unblocks the client with a special error message. If ``error`` is False (default), the client is unblocked using the regular timeout mechanism."""
    def client_pause(self, timeout: int, all: bool=..., **kwargs: Any) -> _ResponseT:
        """Suspend all the Redis clients for the specified amount of time."""
    def client_unpause(self, **kwargs: Any) -> _ResponseT:
        """Unpause all redis clients"""
    def client_no_evict(self, mode: str) -> str:
        """Sets the client eviction mode for the current connection."""
    def client_no_touch(self, mode: str) -> str:
        """# The command controls whether commands sent by the client will alter # the LRU/LFU of the keys they access. # When turned on, the current client will not change LFU/LRU stats, # unless it sends the TOUCH command."""
    def command(self, **kwargs: Any) -> Any:
        """Returns dict reply of details about all Redis commands."""
    def command_info(self, **kwargs: Any) -> None: ...
    def command_count(self, **kwargs: Any) -> _ResponseT: ...
    def command_list(self, module: Optional[str]=..., category: Optional[str]=..., pattern: Optional[str]=...) -> _ResponseT:
        """Return an array of the server's command names. You can use one of the following filters: ``module``: get the commands that belong to the module ``category``: get the commands in the ACL category ``pattern``: get the commands that match the given pattern"""
    def command_getkeysandflags(self, *args: str) -> List[Union[str, List[str]]]:
        """Returns array of keys from a full Redis command and their usage flags."""
    def command_docs(self, *args: Any) -> Any:
        """This function throws a NotImplementedError since it is intentionally not supported."""
    def config_get(self, pattern: _PatternT=..., *args: _PatternT, **kwargs: Any) -> _ResponseT:
        """Return a dictionary of configuration based on the ``pattern``"""
    def config_set(self, name: _KeyT, value: _EncodableT, *args: Union[_KeyT, _EncodableT], **kwargs: Any) -> _ResponseT:
        """Set config item ``name`` with ``value``"""
    def config_resetstat(self, **kwargs: Any) -> _ResponseT:
        """Reset runtime statistics"""
    def config_rewrite(self, **kwargs: Any) -> _ResponseT:
        """Rewrite config file with the minimal change to reflect running config."""
    def dbsize(self, **kwargs: Any) -> _ResponseT:
        """Returns the number of keys in the current database"""
    def debug_object(self, key: _KeyT, **kwargs: Any) -> _ResponseT:
        """Returns version specific meta information about a given key"""
    def debug_segfault(self, **kwargs: Any) -> None: ...
    def echo(self, value: _EncodableT, **kwargs: Any) -> _ResponseT:
        """Echo the string back from the server"""
    def flushall(self, asynchronous: bool=..., **kwargs: Any) -> _ResponseT:
        """Delete all keys in all databases on the current host."""
    def flushdb(self, asynchronous: bool=..., **kwargs: Any) -> _ResponseT:
        """Delete all keys in the current database."""
    def sync(self) -> _ResponseT:
        """Initiates a replication stream from the master."""
    def psync(self, replicationid: str, offset: int) -> Any:
        """Initiates a replication stream from the master. Newer version for `sync`."""
    def swapdb(self, first: int, second: int, **kwargs: Any) -> _ResponseT:
        """Swap two databases"""
    def select(self, index: int, **kwargs: Any) -> _ResponseT:
        """Select the Redis logical database at index."""
    def info(self, section: Optional[str]=..., *args: str, **kwargs: Any) -> _ResponseT:
        """Returns a dictionary containing information about the Redis server"""
    def lastsave(self, **kwargs: Any) -> _ResponseT:
        """Return a Python datetime object representing the last time the Redis database was saved to disk"""
    def latency_doctor(self) -> Any:
        """Raise a NotImplementedError, as the client will not support LATENCY DOCTOR. This function is best used within the redis-cli."""
    def latency_graph(self) -> Any:
        """Raise a NotImplementedError, as the client will not support LATENCY GRAPH. This function is best used within the redis-cli."""
    def lolwut(self, *version_numbers: Union[str, float], **kwargs: Any) -> _ResponseT:
        """Get the Redis version and a piece of generative computer art"""
    def reset(self) -> _ResponseT:
        """Perform a full reset on the connection's server-side context."""
    def migrate(self, host: str, port: int, keys: _KeysT, destination_db: int, timeout: int, copy: bool=..., replace: bool=..., auth: Optional[str]=..., **kwargs: Any) -> _ResponseT:
        """Migrate 1 or more keys from the current Redis server to a different server specified by the ``host``, ``port`` and ``destination_db``."""
    def object(self, infotype: str, key: _KeyT, **kwargs: Any) -> _ResponseT:
        """Return the encoding, idletime, or refcount about the key"""
    def memory_doctor(self, **kwargs: Any) -> None: ...
    def memory_help(self, **kwargs: Any) -> None: ...
    def memory_stats(self, **kwargs: Any) -> _ResponseT:
        """Return a dictionary of memory stats"""
    def memory_malloc_stats(self, **kwargs: Any) -> _ResponseT:
        """Return an internal statistics report from the memory allocator."""
    def memory_usage(self, key: _KeyT, samples: Optional[int]=..., **kwargs: Any) -> _ResponseT:
        """Return the total memory usage for key, its value and associated administrative overheads."""
    def memory_purge(self, **kwargs: Any) -> _ResponseT:
        """Attempts to purge dirty pages for reclamation by allocator"""
    def latency_histogram(self, *args: Any) -> Any:
        """This function throws a NotImplementedError since it is intentionally not supported."""
    def latency_history(self, event: str) -> _ResponseT:
        """Returns the raw data of the ``event``'s latency spikes time series."""
    def latency_latest(self) -> _ResponseT:
        """Reports the latest latency events logged."""
    def latency_reset(self, *events: str) -> _ResponseT:
        """Resets the latency spikes time series of all, or only some, events."""
    def ping(self, **kwargs: Any) -> bool:
        """Ping the Redis server to test connectivity."""
    def quit(self, **kwargs: Any) -> _ResponseT:
        """Ask the server to close the connection."""
    def replicaof(self, *args: Any, **kwargs: Any) -> _ResponseT:
        """Update the replication settings of a redis replica, on the fly."""
    def save(self, **kwargs: Any) -> _ResponseT:
        """Tell the Redis server to save its data to disk, blocking until the save is complete"""
    def shutdown(self, save: bool=..., nosave: bool=..., now: bool=..., force: bool=..., abort: bool=..., **kwargs: Any) -> None:
        """Shutdown the Redis server. If Redis has persistence configured, data will be flushed before shutdown. It is possible to specify modifiers to alter the behavior of the command: ``save`` will force a DB saving operation even if no save points are configured. ``nosave`` will prevent a DB saving operation even if one or more save points are configured. ``now`` skips waiting for lagging replicas, i.e. it bypasses the first step in the shutdown sequence. ``force`` ignores any errors that would normally prevent the server from exiting ``abort`` cancels an ongoing shutdown and cannot be combined with other flags."""
    def slaveof(self, host: Optional[str]=..., port: Optional[int]=..., **kwargs: Any) -> _ResponseT:
        """Set the server to be a replicated slave of the instance identified by the ``host`` and ``port``. If called without arguments, the instance is promoted to a master instead."""
    def slowlog_get(self, num: Optional[int]=..., **kwargs: Any) -> _ResponseT:
        """Get the entries from the slowlog. If ``num`` is specified, get the most recent ``num`` items."""
    def slowlog_len(self, **kwargs: Any) -> _ResponseT:
        """Get the number of items in the slowlog"""
    def slowlog_reset(self, **kwargs: Any) -> _ResponseT:
        """Remove all items in the slowlog"""
    def time(self, **kwargs: Any) -> _ResponseT:
        """Returns the server time as a 2-item tuple of ints: (seconds since epoch, microseconds into this second)."""
    def wait(self, num_replicas: int, timeout: int, **kwargs: Any) -> _ResponseT:
        """Redis synchronous replication That returns the number of replicas that processed the query when we finally have at least ``num_replicas``, or when the ``timeout`` was reached."""
    def waitaof(self, num_local: int, num_replicas: int, timeout: int, **kwargs: Any) -> _ResponseT:
        """This command blocks the current client until all previous write commands by that client are acknowledged as having been fsynced to the AOF of the local Redis and/or at least the specified number of replicas."""
    def hello(self) -> Any:
        """This function throws a NotImplementedError since it is intentionally not supported."""
    def failover(self) -> Any:
        """This function throws a NotImplementedError since it is intentionally not supported."""
    def module_load(self, path: Any, *args: Any) -> _ResponseT:
        """Loads the module from ``path``. Passes all ``*args`` to the module, during loading. Raises ``ModuleError`` if a module is not found at ``path``."""
    def module_loadex(self, path: str, options: Optional[List[str]]=..., args: Optional[List[str]]=...) -> _ResponseT:
        """Loads a module from a dynamic library at runtime with configuration directives."""
    def module_unload(self, name: Any) -> _ResponseT:
        """Unloads the module ``name``. Raises ``ModuleError`` if ``name`` is not in loaded modules."""
    def module_list(self) -> _ResponseT:
        """Returns a list of dictionaries containing the name and version of all loaded modules."""
    def command_getkeys(self, *args: Any) -> _ResponseT: ...
    def publish(self, channel: _ChannelT, message: _EncodableT, **kwargs: Any) -> _ResponseT:
        """Publish ``message`` on ``channel``. Returns the number of subscribers the message was delivered to."""
    def spublish(self, shard_channel: _ChannelT, message: _EncodableT) -> _ResponseT:
        """Posts a message to the given shard channel. Returns the number of clients that received the message"""
    def pubsub_channels(self, pattern: _PatternT=..., **kwargs: Any) -> _ResponseT:
        """Return a list of channels that have at least one subscriber"""
    def pubsub_shardchannels(self, pattern: _PatternT=..., **kwargs: Any) -> _ResponseT:
        """Return a list of shard_channels that have at least one subscriber"""
    def pubsub_numpat(self, **kwargs: Any) -> _ResponseT:
        """Returns the number of subscriptions to patterns"""
    def pubsub_numsub(self, *args: _ChannelT, **kwargs: Any) -> _ResponseT:
        """Return a list of (channel, number of subscribers) tuples for each channel given in ``*args``"""
    def pubsub_shardnumsub(self, *args: _ChannelT, **kwargs: Any) -> _ResponseT:
        """Return a list of (shard_channel, number of subscribers) tuples for each channel given in ``*args``"""
    def eval(self, script: str, numkeys: int, *keys_and_args: Union[_KeyT, _EncodableT]) -> str:
        """Execute the Lua ``script``, specifying the ``numkeys`` the script will touch and the key names and argument values in ``keys_and_args``. Returns the result of the script."""
    def eval_ro(self, script: str, numkeys: int, *keys_and_args: Union[_KeyT, _EncodableT]) -> str:
        """The read-only variant of the EVAL command"""
    def evalsha(self, sha: str, numkeys: int, *keys_and_args: Union[_KeyT, _EncodableT]) -> str:
        """Use the ``sha`` to execute a Lua script already registered via EVAL or SCRIPT LOAD. Specify the ``numkeys`` the script will touch and the key names and argument values in ``keys_and_args``. Returns the result of the script."""
    def evalsha_ro(self, sha: str, numkeys: int, *keys_and_args: Union[_KeyT, _EncodableT]) -> str:
        """The read-only variant of the EVALSHA command"""
    def script_exists(self, *args: str) -> _ResponseT:
        """Check if a script exists in the script cache by specifying the SHAs of each script as ``args``. Returns a list of boolean values indicating if if each already script exists in the cache_data."""
    def script_debug(self, *args: Any) -> None: ...
    def script_flush(self, sync_type: Union[Literal['SYNC'], Literal['ASYNC']]=...) -> _ResponseT:
        """Flush all scripts from the script cache_data."""
    def script_kill(self) -> _ResponseT:
        """Kill the currently executing Lua script"""
    def script_load(self, script: _ScriptTextT) -> _ResponseT:
        """Load a Lua ``script`` into the script cache_data. Returns the SHA."""
    def register_script(self, script: _ScriptTextT) -> Any:
        """Register a Lua ``script`` specifying the ``keys`` it will touch. Returns a Script object that is callable and hides the complexity of deal with scripts, keys, and shas. This is the preferred way to work with Lua scripts."""
    def function_load(self, code: str, replace: Optional[bool]=...) -> str:
        """Load a library to Redis. :param code: the source code (must start with Shebang statement that provides a metadata about the library) :param replace: changes the behavior to overwrite the existing library with the new contents. Return the library name that was loaded."""
    def function_delete(self, library: str) -> str:
        """Delete the library called ``library`` and all its functions."""
    def function_flush(self, mode: str=...) -> str:
        """Deletes all the libraries."""
    def function_list(self, library: Optional[str]=..., withcode: Optional[bool]=...) -> List:
        """Return information about the functions and libraries."""
    def fcall(self, function: Any, numkeys: int, *keys_and_args: Any) -> str:
        """Invoke a function."""
    def fcall_ro(self, function: Any, numkeys: int, *keys_and_args: Any) -> str:
        """This is a read-only variant of the FCALL command that cannot execute commands that modify data."""
    def function_dump(self) -> str:
        """Return the serialized payload of loaded libraries."""
    def function_restore(self, payload: str, policy: Optional[str]=...) -> str:
        """Restore libraries from the serialized ``payload``. You can use the optional policy argument to provide a policy for handling existing libraries."""
    def function_kill(self) -> str:
        """Kill a function that is currently executing."""
    def function_stats(self) -> List:
        """Return information about the function that's currently running and information about the available execution engines."""

cmd: Commands

__all__ = [
    "ConfigGet",
    "FailurePolicy",
    "Future",
    "GB",
    "GearsBuilder",
    "GearsConfigGet",
    "GearsFuture",
    "GearsSession",
    "KeyType",
    "Log",
    "LogLevel",
    "PyFlatExecution",
    "ReaderType",
    "StringIO",
    "Thread",
    "TriggerMode",
    "asyncio",
    "atomic",
    "cProfile",
    "call_next",
    "cmd",
    "configGet",
    "copy",
    "createFuture",
    "createKeysOnlyReader",
    "dis",
    "dumps",
    "execute",
    "flat_error",
    "gearsConfigGet",
    "gearsCtx",
    "gearsFuture",
    "getGearsSession",
    "get_command",
    "hashtag",
    "hashtag3",
    "importlib",
    "io",
    "isAsyncAllow",
    "isInAtomicBlock",
    "itertools",
    "loads",
    "log",
    "logging",
    "loop",
    "opcode",
    "operator",
    "override_reply",
    "partial",
    "pickle",
    "pstats",
    "redisgears",
    "registerGearsThread",
    "registerTE",
    "rg",
    "runCoroutine",
    "setFutureException",
    "setFutureResults",
    "setGearsSession",
    "shardReaderCallback",
    "struct",
    "sys",
    "traceback",
    "types",
    "weakref",
]
