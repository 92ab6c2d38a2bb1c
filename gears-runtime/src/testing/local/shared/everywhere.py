"""Names of scripts that are the same in the engine and where gears run locally.

Both run this file, and put in what only they have.
"""

import asyncio
import functools

# `event_loop()` returns the loop that coroutines run on, `log` is that of scripts.
event_loop = log = None


class GearsFuture(asyncio.Future):
    """A future of the event loop that coroutines of gears run on."""

    def __init__(self):
        super().__init__(loop=event_loop())


def createFuture():
    """Returns a future that coroutines can await."""
    return GearsFuture()


def setFutureResults(future, value):
    """Gives a future its value, from any thread."""
    future.get_loop().call_soon_threadsafe(_finish, future, future.set_result, value)


def setFutureException(future, value):
    """Has a future fail, from any thread."""
    if not isinstance(value, BaseException):
        value = Exception(str(value))
    future.get_loop().call_soon_threadsafe(_finish, future, future.set_exception, value)


def _finish(future, finish, value):
    if not future.done():
        finish(value)


def _deprecated(name, instead, function):
    def alias(*arguments, **options):
        log(name + " is deprecated, use " + instead + " instead", level="warning")
        return function(*arguments, **options)

    alias.__name__ = name
    return alias


def deprecated_names(names):
    """Returns the names that old scripts use."""
    aliases = {"Log": "log", "ConfigGet": "configGet", "GearsConfigGet": "gearsConfigGet"}
    return {name: _deprecated(name, new, names[new]) for name, new in aliases.items()}


def leaked_names():
    """Returns the names that scripts find without importing them.

    RedisGears' own code left them in the globals of scripts, and scripts came to rely on them.
    """
    import copy, cProfile, dis, importlib, io, itertools, logging, opcode, operator  # noqa: E401, F401
    import pickle, pstats, struct, sys, traceback, types, weakref  # noqa: E401, F401
    from asyncio import Future  # noqa: F401
    from functools import partial  # noqa: F401
    from io import StringIO  # noqa: F401
    from threading import Thread  # noqa: F401

    names = dict(
        locals(),
        asyncio=asyncio,
        loop=event_loop(),
        createFuture=createFuture,
        setFutureResults=setFutureResults,
        setFutureException=setFutureException,
        GearsFuture=GearsFuture,
    )
    try:
        from cloudpickle import dumps, loads
    except ImportError:
        return names
    return dict(names, dumps=dumps, loads=loads)


class Commands:
    """The builtin `cmd`: redis-py's methods over `execute`.

    redis-py is imported on first use, so scripts that never say `cmd` need none, and pay nothing for it. `missing`
    says what to do when it is not there. An answer that is known later is passed to `later` with what makes of it
    what the method returns; without `later` there is none.
    """

    def __init__(self, execute, missing, later=None):
        self._execute = execute
        self._missing = missing
        self._later = later

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._client, name)

    @functools.cached_property
    def _client(self):
        return _local_client(self, self._execute, self._missing, self._later)


def _local_client(commands, execute, missing_text, later):
    try:
        import redis
    except ImportError as missing:
        raise ImportError("`cmd` needs the Python package redis" + missing_text) from missing

    class LocalClient(redis.Redis):
        """redis-py with `execute` in place of a connection."""

        def __reduce__(self):
            # A function may be one of its methods; where it arrives, that is one of the `cmd` there.
            return getattr, (commands, "_client")

        def execute_command(self, *words, **options):
            command = words[0]
            answer = execute(*command.split(), *words[1:])
            options.pop("keys", None)
            options.pop("NEVER_DECODE", None)
            convert = self.response_callbacks.get(command)
            if later is None:
                return _read(answer, convert, options)
            return later(answer, lambda answer: _read(answer, convert, options))

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


def _read(answer, convert, options):
    """Makes what a method returns of the server's answer."""
    answer = _plain(answer)
    if answer is None and "EMPTY_RESPONSE" in options:
        return options["EMPTY_RESPONSE"]
    options.pop("EMPTY_RESPONSE", None)
    return answer if convert is None else convert(answer, **options)


def _plain(answer):
    """Makes `bytes` of the bytearrays that `execute` gives for binary values."""
    if isinstance(answer, bytearray):
        return bytes(answer)
    if isinstance(answer, list):
        return [_plain(element) for element in answer]
    return answer
