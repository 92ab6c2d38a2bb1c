"""What the engine's scripts rely on and is easier to say in Python."""

import asyncio
import contextvars
import threading

_lock = threading.Lock()
_loop = None


def event_loop():
    """Returns the event loop for coroutines; its thread starts on first use."""
    global _loop
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(
                target=_loop.run_forever, name="gears-event-loop", daemon=True
            ).start()
        return _loop


def wait_for(coroutine):
    """Runs a coroutine on the event loop and waits for what it returns."""
    carry_user()
    return asyncio.run_coroutine_threadsafe(coroutine, event_loop()).result()


_user = contextvars.ContextVar("gears_user", default=None)
_current_user = None


def user_of_context():
    """Returns whose permissions this code has, where the engine does not know."""
    return _user.get()


def carry_user():
    """Lets what is scheduled now run with the permissions of who schedules it.

    Tasks copy the context of the thread that creates them.
    """
    if _current_user is not None:
        _user.set(_current_user())


def carry_users_into_threads(current_user):
    """Lets threads run with the permissions of the code that started them."""
    global _current_user
    _current_user = current_user
    start = threading.Thread.start
    run = threading.Thread._bootstrap_inner

    def start_with_user(self):
        self._gears_user = current_user()
        start(self)

    def run_with_user(self):
        _user.set(self.__dict__.pop("_gears_user", None))
        run(self)

    threading.Thread.start = start_with_user
    threading.Thread._bootstrap_inner = run_with_user


def leaked_names():
    """Returns the names that scripts find without importing them.

    RedisGears' own code left them in the globals of scripts, and scripts came
    to rely on them.
    """
    import copy, cProfile, dis, importlib, io, itertools, logging, opcode, operator
    import pickle, pstats, struct, sys, traceback, types, weakref
    from asyncio import Future
    from functools import partial
    from io import StringIO
    from threading import Thread

    names = dict(locals(), asyncio=asyncio, loop=event_loop())
    try:
        from cloudpickle import dumps, loads
    except ImportError:
        return names
    return dict(names, dumps=dumps, loads=loads)


class Commands:
    """The builtin `cmd`: redis-py's methods over `execute`.

    redis-py is imported on first use, so scripts that never say `cmd` pay
    nothing for it.
    """

    def __init__(self, execute):
        self._execute = execute

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        client = self.__dict__.get("_client")
        if client is None:
            client = self.__dict__["_client"] = _local_client(self._execute)
        return getattr(client, name)


def _local_client(execute):
    try:
        import redis
    except ImportError as missing:
        raise ImportError(
            "`cmd` needs the Python package redis on the server: add it to the "
            "requirements, or install it into the environment that "
            "INFO rg names as python_executable"
        ) from missing

    class LocalClient(redis.Redis):
        """redis-py with the server itself in place of a connection."""

        def execute_command(self, *words, **options):
            command = words[0]
            answer = _plain(execute(*command.split(), *words[1:]))
            options.pop("keys", None)
            options.pop("NEVER_DECODE", None)
            if answer is None and "EMPTY_RESPONSE" in options:
                return options["EMPTY_RESPONSE"]
            options.pop("EMPTY_RESPONSE", None)
            convert = self.response_callbacks.get(command)
            return answer if convert is None else convert(answer, **options)

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

    return LocalClient(protocol=2, decode_responses=True)


def _plain(answer):
    """Makes `bytes` of the bytearrays that `execute` gives for binary values."""
    if isinstance(answer, bytearray):
        return bytes(answer)
    if isinstance(answer, list):
        return [_plain(element) for element in answer]
    return answer
