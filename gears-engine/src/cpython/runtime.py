"""What the engine's scripts rely on and is easier to say in Python."""

import asyncio
import contextvars
import io
import operator
import selectors
import sys
import threading

import gears_everywhere
import gears_option as option  # noqa: F401
import gears_stand_in
from gears_everywhere import createFuture, deprecated_names, setFutureException, setFutureResults  # noqa: F401
from gears_keyword import complaint, meant_argument  # noqa: F401
from gears_words import FailurePolicy, KeyType, LogLevel, ReaderType, TriggerMode

_lock = threading.Lock()
_loop = None

# What the engine puts in their place, once it has them; `misuse` is its exception class.
log = misuse = get_session = set_session = step_by_step = end_atomic = None


def nothing():
    """Returns, or raises what waited to be raised in this thread."""


class _Stream(io.TextIOWrapper):
    """A standard stream that scripts cannot close: it is the server's, and the
    next client would get its number."""

    def close(self):
        try:
            self.flush()
        except (OSError, ValueError):
            pass


def keep_streams():
    """Gives Python its own streams over what the server left open."""
    for name, number, mode in ("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w"):
        try:
            raw = open(number, mode + "b", buffering=0 if mode == "w" else -1, closefd=False)
        except OSError:
            stream = None
        else:
            stream = _Stream(
                raw, "utf-8", "backslashreplace", line_buffering=True, write_through=mode == "w"
            )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def bound_recursion(most):
    """Refuses recursion limits at which calls through C code overflow the stack."""
    set_limit = sys.setrecursionlimit

    def setrecursionlimit(limit, /):
        if operator.index(limit) > most:
            raise ValueError(
                f"recursion limit must be at most {most} in the server, whose stack ends there"
            )
        set_limit(limit)

    sys.setrecursionlimit = setrecursionlimit


class _Selector(selectors.DefaultSelector):
    """Waits for the event loop, which would do so with the server's lock if a
    callback or a task had left its `atomic()` block open."""

    def select(self, timeout=None):
        end_atomic()
        return super().select(timeout)


def event_loop():
    """Returns the event loop for coroutines; its thread starts on first use."""
    global _loop
    with _lock:
        if _loop is None:
            _loop = asyncio.SelectorEventLoop(_Selector())
            threading.Thread(
                target=_serve, args=(_loop,), name="gears-event-loop", daemon=True
            ).start()
        return _loop


def _serve(loop):
    asyncio.set_event_loop(loop)
    while True:
        try:
            loop.run_forever()
        except BaseException as error:  # a task's SystemExit ends run_forever
            log(f"the event loop goes on after {error!r}", level="warning")


def forget_event_loop():
    """Has this thread forget an event loop of a script that ended before it could do
    so itself, and that would not let another one run."""
    if asyncio._get_running_loop() is not _loop:
        asyncio._set_running_loop(None)
        sys.set_asyncgen_hooks(None, None)


def start_coroutines(coroutines):
    carry_user()
    event_loop().call_soon_threadsafe(_start, coroutines)


def _start(coroutines):
    for coroutine in coroutines:
        coroutine.task = _loop.create_task(coroutine)


def cancel_coroutines(coroutines):
    event_loop().call_soon_threadsafe(_cancel, coroutines)


def _cancel(coroutines):
    for coroutine in coroutines:
        if coroutine.task is not None:
            coroutine.task.cancel()


def runCoroutine(coroutine, f=None, delay=0, s=None):
    """Runs a coroutine on the event loop, after so many seconds.

    What comes of it goes to the future `f` of either kind.
    """
    if not asyncio.iscoroutine(coroutine):
        coroutine = _await(coroutine)
    stepper = step_by_step(coroutine, f, s)
    carry_user()
    event_loop().call_soon_threadsafe(_start_later, stepper, delay)


async def _await(awaitable):
    return await awaitable


def _start_later(stepper, delay):
    if delay:
        _loop.call_later(delay, _start, [stepper])
    else:
        _start([stepper])


def continue_future(future, good, value):
    """Brings what came of a coroutine to a future of either kind."""
    if isinstance(future, asyncio.Future):
        (setFutureResults if good else setFutureException)(future, value)
    elif good:
        future.continueRun(value)
    else:
        future.continueFailed(value)


class GearsSession:
    """Takes a session along to a thread that Python code made."""

    def __init__(self, session=None):
        self.session = get_session() if session is None else session

    def __enter__(self):
        self._before = get_session()
        set_session(self.session)
        return self

    def __exit__(self, *_):
        set_session(self._before)
        return False


def key_pattern(pattern, no_scan, pattern_generator):
    """Returns what a KeysOnlyReader looks for."""
    if pattern_generator is not None:
        pattern, no_scan = pattern_generator()
    return pattern, no_scan


def builder_shortcut(error):
    """Raises again what a function given to `aggregate` and the like raised."""
    raise error


def reader_functions(execute):
    """Returns the functions under two readers, which scripts can give to a
    PythonReader themselves."""

    def createKeysOnlyReader(
        pattern="*", count=1000, noScan=False, patternGenerator=None
    ):
        def keysOnlyReader():
            wanted, exact = key_pattern(pattern, noScan, patternGenerator)
            if exact:
                if execute("EXISTS", wanted) == 1:
                    yield wanted
                return
            cursor = "0"
            while True:
                cursor, keys = execute(
                    "SCAN", cursor, "MATCH", wanted, "COUNT", count
                )
                yield from keys
                if cursor == "0":
                    return

        return keysOnlyReader

    def shardReaderCallback():
        yield "1"

    return {
        "createKeysOnlyReader": createKeysOnlyReader,
        "shardReaderCallback": shardReaderCallback,
    }


def tensor_module():
    """Returns the module `redisAI`: whatever is taken from it cannot work."""
    import types

    def __getattr__(name):
        if name.startswith("__"):
            raise AttributeError(name)

        def unavailable(*_, **__):
            raise misuse("RedisAI is not loaded, it is not possible to use AI interface.")

        return unavailable

    # A plain module, which is pickled by its name.
    module = types.ModuleType("redisAI")
    module.__getattr__ = __getattr__
    return module


def redgrease_client(cmd):
    """Returns the module from which the package `redgrease` takes its `cmd`.

    The package's own makes a client in a way that redis-py has not allowed for
    years, and fails to be imported for that.
    """
    import types

    module = types.ModuleType("redgrease.runtime_client")
    # The engine's, so that no version of the package counts as one that is in use.
    module.__spec__ = gears_stand_in.spec("redgrease.runtime_client")
    module.cmd = cmd
    module.get_runtime_client = lambda: cmd
    module.__all__ = ["cmd"]
    return module


def profile_begin():
    import cProfile

    profiler = cProfile.Profile()
    try:
        profiler.enable()
    except ValueError:
        return None
    return profiler


def profile_end(profiler, before):
    """Adds what a profiler found to what others found before it."""
    import pstats

    profiler.disable()
    profiler.create_stats()
    if not profiler.stats:
        return before if before is not None else _no_statistics()
    found = pstats.Stats(profiler)
    return found if before is None else before.add(found)


def _no_statistics():
    import pstats

    return pstats.Stats()


def profile_print(statistics):
    printed = io.StringIO()
    if statistics is None:
        statistics = _no_statistics()
    statistics.stream = printed
    statistics.sort_stats("tottime")
    statistics.print_stats()
    statistics.print_callees()
    return printed.getvalue()


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


def replace_thread_starters(starter):
    """Puts `starter(function)` in the place of every function that starts threads."""
    import _thread

    for name in "start_new_thread", "start_new", "start_joinable_thread":
        original = getattr(_thread, name, None)
        if original is None:
            continue
        replacement = starter(original)
        # `threading` has them under names of its own.
        for module in list(sys.modules.values()):
            names = getattr(module, "__dict__", {})
            for known, value in list(names.items()):
                if value is original:
                    names[known] = replacement


def spared_code():
    """Returns what tells where code is not to end: files whose code is not to end between two
    lines, functions there that are not to end at all, code elsewhere of which both is true,
    names of what takes or gives something, the numbers of instructions, and what lists frames.

    In these files locks are given back by code in Python, and no `with` waits when
    it is left.
    """
    import _weakrefset
    import contextlib
    import importlib._bootstrap
    import logging
    import opcode
    import types

    files = {
        function.__code__.co_filename
        for function in (
            nothing,
            threading.Condition.wait,
            logging.Handler.handle,
            importlib._bootstrap._find_and_load,
            _weakrefset.WeakSet.add,
        )
    }
    holders = {
        "__enter__",
        "__exit__",
        "_acquireLock",
        "_acquire_restore",
        "_releaseLock",
        "_release_save",
        "acquire",
        "release",
    }
    # What lies between is code of whoever made the context manager.
    generators = contextlib._GeneratorContextManager
    codes = [function.__code__ for function in (generators.__enter__, generators.__exit__)]

    def numbers(*beginnings, but=()):
        return frozenset(
            number
            for name, number in opcode.opmap.items()
            if number < 256 and name.startswith(beginnings) and name not in but
        )

    number = opcode.opmap.get
    instructions = types.SimpleNamespace(
        cache=number("CACHE"),
        extended=number("EXTENDED_ARG"),
        load_const=number("LOAD_CONST"),
        dup_top=number("DUP_TOP"),
        with_except_start=number("WITH_EXCEPT_START"),
        enters=numbers("BEFORE_WITH", "SETUP_WITH"),
        calls=numbers("CALL", but=("CALL_FINALLY", "CALL_INTRINSIC_1", "CALL_INTRINSIC_2")),
        # In some Pythons other bits are below the number of a name.
        names={
            number: bits
            for name, bits in (
                ("LOAD_ATTR", int(sys.version_info >= (3, 12))),
                ("LOAD_GLOBAL", int(sys.version_info >= (3, 11))),
                ("LOAD_METHOD", 0),
            )
            for number in numbers(name)
        },
        turns=numbers(
            *("BEFORE_", "FOR_ITER", "GET_ITER", "IMPORT_", "JUMP_ABSOLUTE", "JUMP_BACKWARD"),
            *("JUMP_FORWARD", "POP_JUMP_BACKWARD", "RAISE_", "RERAISE", "RETURN_", "SEND"),
            *("SETUP_WITH", "YIELD_"),
            but=("RETURN_GENERATOR",),
        ),
    )
    return types.SimpleNamespace(
        files=frozenset(files),
        holders=frozenset(holders),
        codes=codes,
        # Elsewhere threads that wait for each other are in `acquire`.
        taking_file=logging.__file__,
        takers=frozenset({"_acquireLock", "acquire"}),
        givers=frozenset({"__exit__", "_releaseLock", "release"}),
        instructions=instructions,
        current_frames=sys._current_frames,
    )


def end_blocks_of_pools():
    """Has tasks of thread pools end their `atomic()` blocks: their threads go on."""
    import concurrent.futures

    submit = concurrent.futures.ThreadPoolExecutor.submit

    def submit_ending(self, fn, /, *arguments, **options):
        return submit(self, _run_ending, fn, *arguments, **options)

    submit_ending.__name__ = submit_ending.__qualname__ = "submit"
    concurrent.futures.ThreadPoolExecutor.submit = submit_ending


def _run_ending(fn, /, *arguments, **options):
    try:
        return fn(*arguments, **options)
    finally:
        end_atomic()


def leaked_names():
    """Returns the names that scripts find without importing them."""
    return dict(
        gears_everywhere.leaked_names(),
        runCoroutine=runCoroutine,
        GearsSession=GearsSession,
        FailurePolicy=FailurePolicy,
        KeyType=KeyType,
        LogLevel=LogLevel,
        ReaderType=ReaderType,
        TriggerMode=TriggerMode,
    )


def commands(execute):
    """Returns the builtin `cmd`."""
    return gears_everywhere.Commands(
        execute,
        " on the server: add it to the requirements, or install it into the environment that "
        "INFO rg names as python_executable",
    )


gears_everywhere.event_loop = event_loop
gears_everywhere.log = lambda *arguments, **options: log(*arguments, **options)
