"""The names that scripts find, as on a server (`GearsBuilder` is in builder.py)."""

import asyncio
import builtins
import sys
import types

from _gears_local import connection, everywhere, words
from _gears_local.failure import (
    Unavailable, error, flat_error, forcestopped, unavailable,
)
from _gears_local.queued import Queued, known

# What scripts have as `__name__`.
MODULE = "not_main"
LEVELS = ("debug", "verbose", "notice", "warning")
# Stands for an argument that was left out: `None` is one, and a wrong one.
ABSENT = object()


def log(*arguments, level=ABSENT, message=ABSENT):
    """Writes a line to this process's standard error, as a server would to its log."""
    if len(arguments) == 1 and message is ABSENT:
        message = arguments[0]
    elif len(arguments) == 2 and level is message is ABSENT:
        # The order that old scripts use.
        level, message = arguments
    elif arguments or message is ABSENT:
        raise error("log function must get a log message as input")
    message, level = known(message), "notice" if level is ABSENT else known(level)
    if not isinstance(message, str):
        raise error("Log message must be a string")
    if not isinstance(level, str):
        raise error("Log level must be a sting (debug/verbose/notice/warning)")
    if level not in LEVELS:
        raise error("Log level should be one of the following : " + ",".join(LEVELS))
    sys.stderr.write("[%s] GEARS: %s\n" % (level, message))
    sys.stderr.flush()


def configGet(*arguments):
    """Returns a setting of the module: there is no module, so there is none."""
    if len(arguments) != 1:
        raise error("get_config function must get a single key input")
    if not isinstance(arguments[0], str):
        raise error("get_config key must be a string")


def gearsConfigGet(key, default=None):
    """Returns a setting of the module, or `default`."""
    configGet(key)
    return default


def raise_flat(*arguments):
    """Raises an error whose text is just the message."""
    if not arguments:
        raise error("not enough arguments for time flat error")
    raise flat_error(arguments[0])


def outside(name, message):
    """Returns a function that works in gears of another kind only."""

    def function(*_arguments):
        raise error(message)

    return named(name, function)


def named(name, function):
    """Gives a function the name that errors call it."""
    function.__name__ = function.__qualname__ = name
    return function


def without_arguments(name, made):
    """Returns a function that refuses arguments in a server's words."""

    def function(*arguments, **options):
        if options:
            raise TypeError("functions.%s() takes no keyword arguments" % name)
        if arguments:
            raise TypeError("functions.%s() takes no arguments (%d given)" % (name, len(arguments)))
        return made()

    return named(name, function)


class Hashtag:
    """Finds a text that hashes to a slot of this shard, and keeps it."""

    def __init__(self, server):
        self._server = server
        self._found = None

    def text(self):
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


def _later(answer, read):
    """Reads an answer, which in an atomic block is known at its end."""
    return answer.then(read) if type(answer) is Queued else read(answer)


def runCoroutine(coroutine, f=None, delay=0, s=None):
    """Runs a coroutine on the event loop, after so many seconds; what comes of it goes to the future `f`."""

    async def run():
        await asyncio.sleep(delay)
        try:
            value = await coroutine
        except Exception as failure:
            if f is None:
                log("a coroutine failed: %r" % failure, level="warning")
            else:
                everywhere.setFutureException(f, failure)
        else:
            if f is not None:
                everywhere.setFutureResults(f, value)

    asyncio.run_coroutine_threadsafe(run(), everywhere.event_loop())


def template(server, builder, loop, may_wait):
    """Returns the globals that every script gets a copy of; `may_wait` says whether the step that runs may."""
    everywhere.event_loop, everywhere.log = lambda: loop, log
    names = everywhere.leaked_names()
    hashtag = Hashtag(server)
    execute = named("execute", lambda *words: server.execute(*words))
    names.update(
        GearsBuilder=builder,
        GB=builder,
        PyFlatExecution=builder,
        gearsCtx=builder,
        runCoroutine=runCoroutine,
        execute=execute,
        atomic=without_arguments("atomic", lambda: connection.PyAtomic(server)),
        cmd=everywhere.Commands(execute, ": %s -m pip install redis" % sys.executable, _later),
        log=log,
        configGet=configGet,
        gearsConfigGet=gearsConfigGet,
        hashtag=named("hashtag", lambda *_arguments: hashtag.text()),
        FailurePolicy=words.FailurePolicy,
        KeyType=words.KeyType,
        LogLevel=words.LogLevel,
        ReaderType=words.ReaderType,
        TriggerMode=words.TriggerMode,
        hashtag3=named("hashtag3", lambda *_arguments: "{%s}" % hashtag.text()),
        flat_error=named("flat_error", raise_flat),
        isAsyncAllow=without_arguments("isAsyncAllow", may_wait),
        isInAtomicBlock=without_arguments("isInAtomicBlock", connection.is_in_block),
        call_next=outside("call_next", "Can not get CommandHook ctx"),
        get_command=outside("get_command", "Can not get command ctx"),
        override_reply=outside("override_reply", "Can not get command ctx"),
    )
    names.update(everywhere.deprecated_names(names))
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
        executeCommand=execute,
        atomicCtx=names["atomic"],
        config_get=configGet,
        getMyHashTag=names["hashtag"],
        callNext=names["call_next"],
        getCommand=names["get_command"],
        overrideReply=names["override_reply"],
        flatError=names["flat_error"],
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
