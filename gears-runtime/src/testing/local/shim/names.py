"""The names that scripts find, as on a server (`GearsBuilder` is in builder.py)."""

import asyncio
import builtins
import sys
import threading
import types

from _gears_local import connection
from _gears_local.failure import (
    Unavailable, error, flat_error, forcestopped, unavailable,
)
from _gears_local.queued import Queued, known

# What scripts have as `__name__`.
MODULE = "not_main"
LEVELS = ("debug", "verbose", "notice", "warning")


def log(*arguments, level=None, message=None):
    """Writes a line to this process's standard error, as a server would to its log."""
    if len(arguments) == 1 and message is None:
        message = arguments[0]
    elif len(arguments) == 2 and level is None and message is None:
        # The order that old scripts use.
        level, message = arguments
    elif arguments or message is None:
        raise error("log function must get a log message as input")
    message, level = known(message), "notice" if level is None else known(level)
    if not isinstance(message, str):
        raise error("Log message must be a string")
    if not isinstance(level, str):
        raise error("Log level must be a string")
    if level not in LEVELS:
        raise error("Log level should be one of the following : " + ",".join(LEVELS))
    sys.stderr.write("[%s] GEARS: %s\n" % (level, message))
    sys.stderr.flush()


def config_get(*arguments):
    """Returns a setting of the module: there is no module, so there is none."""
    if len(arguments) != 1:
        raise error("get_config function must get a single key input")
    if not isinstance(arguments[0], str):
        raise error("get_config key must be a string")
    return None


def gears_config_get(key, default=None):
    """Returns a setting of the module, or `default`."""
    config_get(key)
    return default


def raise_flat(*arguments):
    """Raises an error whose text is just the message."""
    if not arguments:
        raise error("not enough arguments for time flat error")
    raise flat_error(arguments[0])


def outside(message):
    """Returns a function that works in gears of another kind only."""

    def function(*_arguments):
        raise error(message)

    return function


class Hashtag:
    """Finds a text that hashes to a slot of this shard, and keeps it."""

    def __init__(self, server):
        self._server = server
        self._found = None

    def __call__(self, *_arguments):
        if self._found is None:
            self._found = self._find()
        return self._found

    def _find(self):
        try:
            nodes = self._server.execute("CLUSTER", "NODES")
        except error:
            # Not a cluster: the shortest known text for slot 0, where all slots are.
            return "06S"
        own = next(line.split() for line in nodes.splitlines() if "myself" in line.split()[2])
        ranges = [slots for slots in own[8:] if not slots.startswith("[")]
        if not ranges:
            raise error("this node of the cluster has no slots")
        wanted = int(ranges[0].split("-")[0])
        import itertools
        import string

        for length in range(1, 5):
            for letters in itertools.product(string.digits + string.ascii_letters, repeat=length):
                text = "".join(letters)
                if self._slot(text.encode()) == wanted:
                    return text
        raise error("no short text hashes to slot %d" % wanted)

    @staticmethod
    def _slot(data):
        import binascii

        # The CRC of Redis' slots is the one of XMODEM, which is this one.
        return binascii.crc_hqx(data, 0) % 16384


class Commands:
    """The builtin `cmd`: redis-py's methods over `execute`.

    redis-py is imported on first use, so functions that never say `cmd` need none.
    """

    def __init__(self, execute):
        self._execute = execute

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        client = self.__dict__.get("_client")
        if client is None:
            client = self.__dict__["_client"] = _client(self._execute)
        return getattr(client, name)


def _client(execute):
    try:
        import redis
    except ImportError as missing:
        raise ImportError(
            "`cmd` needs the Python package redis: %s -m pip install redis" % sys.executable
        ) from missing

    class LocalClient(redis.Redis):
        """redis-py with `execute` in place of its own connection."""

        def execute_command(self, *words, **options):
            command = words[0]
            answer = execute(*command.split(), *words[1:])
            options.pop("keys", None)
            options.pop("NEVER_DECODE", None)
            empty = options.pop("EMPTY_RESPONSE", None)
            convert = self.response_callbacks.get(command)

            def finish(answer):
                answer = _plain(answer)
                if answer is None and empty is not None:
                    return empty
                return answer if convert is None else convert(answer, **options)

            return answer.then(finish) if type(answer) is Queued else finish(answer)

        def pipeline(self, *_, **__):
            raise NotImplementedError(
                "cmd.pipeline() needs a connection; in a gear use `with atomic():`"
            )

        transaction = pipeline

        def pubsub(self, **_):
            raise NotImplementedError(
                "cmd.pubsub() needs a connection; in a gear use cmd.publish()"
            )

        monitor = pubsub

    try:
        return LocalClient(protocol=2, decode_responses=True)
    except TypeError:
        # Before redis-py 5 there was no choice of protocols.
        return LocalClient(decode_responses=True)


def _plain(answer):
    """Makes `bytes` of the bytearrays that `execute` gives for binary values."""
    if isinstance(answer, bytearray):
        return bytes(answer)
    if isinstance(answer, list):
        return [_plain(element) for element in answer]
    return answer


class GearsFuture(asyncio.Future):
    """A future of the event loop that coroutines of gears run on."""


def _futures(loop):
    def finish(future, way, value):
        if not future.done():
            way(value)

    def createFuture():
        return GearsFuture(loop=loop)

    def setFutureResults(future, value):
        loop.call_soon_threadsafe(finish, future, future.set_result, value)

    def setFutureException(future, value):
        if not isinstance(value, BaseException):
            value = Exception(str(value))
        loop.call_soon_threadsafe(finish, future, future.set_exception, value)

    def runCoroutine(coroutine, f=None, delay=0, s=None):
        async def run():
            await asyncio.sleep(delay)
            try:
                value = await coroutine
            except Exception as failure:
                if f is None:
                    log("a coroutine failed: %r" % failure, level="warning")
                else:
                    setFutureException(f, failure)
            else:
                if f is not None:
                    setFutureResults(f, value)

        asyncio.run_coroutine_threadsafe(run(), loop)

    return [createFuture, setFutureResults, setFutureException, runCoroutine]


def _modules():
    """The modules that scripts find without importing them: old scripts came to rely on it."""
    import copy, cProfile, dis, importlib, io, itertools, logging, opcode, operator  # noqa: E401, F401
    import pickle, pstats, struct, traceback, weakref  # noqa: E401, F401
    from functools import partial  # noqa: F401
    from io import StringIO  # noqa: F401
    from threading import Thread  # noqa: F401

    Future = asyncio.Future
    return dict(locals(), asyncio=asyncio, sys=sys, types=types)


def template(server, builder, loop):
    """Returns the globals that every script gets a copy of."""
    names = _modules()
    hashtag = Hashtag(server)
    names.update((function.__name__, function) for function in _futures(loop))
    names.update(
        GearsBuilder=builder,
        GB=builder,
        PyFlatExecution=builder,
        gearsCtx=builder,
        GearsFuture=GearsFuture,
        execute=server.execute,
        atomic=lambda: connection.PyAtomic(server),
        cmd=Commands(server.execute),
        log=log,
        Log=log,
        configGet=config_get,
        ConfigGet=config_get,
        gearsConfigGet=gears_config_get,
        GearsConfigGet=gears_config_get,
        hashtag=hashtag,
        hashtag3=lambda *_arguments: "{%s}" % hashtag(),
        flat_error=raise_flat,
        isAsyncAllow=lambda: threading.current_thread() is threading.main_thread(),
        isInAtomicBlock=connection.is_in_block,
        call_next=outside("Can not get CommandHook ctx"),
        get_command=outside("Can not get command ctx"),
        override_reply=outside("Can not get command ctx"),
        loop=loop,
    )
    for name in (
        "gearsFuture registerTE createKeysOnlyReader shardReaderCallback GearsSession "
        "getGearsSession setGearsSession registerGearsThread"
    ).split():
        names[name] = unavailable("the function `%s`" % name)
    module = types.ModuleType("redisgears")
    module.__dict__.update(
        names,
        GearsError=error,
        GearsFlatError=flat_error,
        GearsForceStopped=forcestopped,
        PyAtomic=connection.PyAtomic,
        executeCommand=server.execute,
        atomicCtx=names["atomic"],
        config_get=config_get,
        getMyHashTag=names["hashtag"],
        callNext=names["call_next"],
        getCommand=names["get_command"],
        overrideReply=names["override_reply"],
        flatError=raise_flat,
    )
    sys.modules["redisgears"] = sys.modules["rg"] = module
    sys.modules["redisAI"] = _Absent("redisAI")
    names.update(redisgears=module, rg=module, __name__=MODULE, __builtins__=builtins)
    return names


class _Absent(types.ModuleType):
    """A module that a server may have: whatever is taken from it cannot work."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unavailable("the module `%s`" % self.__name__)
