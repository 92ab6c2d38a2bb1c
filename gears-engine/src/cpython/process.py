"""Keeps from scripts what belongs to the process, which is the server's.

What is refused raises what callers of these functions are ready for, because
systems refuse them too. Children that programs are started in, before they are,
are processes of their own and may do everything.
"""

import errno
import functools
import operator
import os
import sys

_SERVER = os.getpid()
_TASKS = f"/proc/{_SERVER}/task"


def _always(*_, **__):
    return True


def _argument(place, name):
    """Makes a function that finds an argument; nothing where it was left out."""

    def find(arguments, options):
        return arguments[place] if len(arguments) > place else options.get(name)

    return find


def _number(value, default=None):
    try:
        return operator.index(value)
    except TypeError:
        return default


def _is_here(process):
    """Says whether a process id is that of the server or of one of its threads."""
    number = _number(process)
    if number is None:
        return False
    return number in (0, _SERVER) or (number > 0 and os.path.exists(f"{_TASKS}/{number}"))


def _is_group_here(group):
    return _number(group) in (0, os.getpgrp())


def _targets(process, group):
    """Says whether a number that `kill` and `waitpid` take means the server too."""
    number = _number(process, 1)
    return number == -1 or _is_here(number) or (number < 0 and group(-number))


def _sends_to_server(*arguments, **options):
    signal = _argument(1, "signal")(arguments, options)
    process = _argument(0, "pid")(arguments, options)
    return _number(signal) != 0 and _targets(process, _is_group_here)


def _sends_to_group(*arguments, **options):
    signal = _argument(1, "signal")(arguments, options)
    return _number(signal) != 0 and _is_group_here(_argument(0, "pgid")(arguments, options))


def _sends_to_thread(*arguments, **options):
    return _number(_argument(1, "signalnum")(arguments, options)) != 0


def _sends_by_descriptor(*arguments, **options):
    descriptor = _number(_argument(0, "pidfd")(arguments, options), -1)
    try:
        with open(f"/proc/self/fdinfo/{descriptor}") as lines:
            return any(line.split() == ["Pid:", str(_SERVER)] for line in lines)
    except OSError:
        return False


def _waits_for_any(*arguments, **options):
    number = _number(_argument(0, "pid")(arguments, options), 1)
    return number in (-1, 0) or (number < 0 and _is_group_here(-number))


def _waits_for_all(*arguments, **options):
    kind = _argument(0, "idtype")(arguments, options)
    return kind == os.P_ALL or (
        kind == os.P_PGID and _is_group_here(_argument(1, "id")(arguments, options))
    )


def _is_about_server(*arguments, **options):
    return _is_here(_argument(0, "pid")(arguments, options))


def _is_about_priority(*arguments, **options):
    kind = _argument(0, "which")(arguments, options)
    who = _number(_argument(1, "who")(arguments, options))
    if kind == os.PRIO_PGRP:
        return _is_group_here(who)
    if kind == os.PRIO_USER:
        return who in (0, os.getuid())
    return _is_here(who)


def _is_nicer(*arguments, **options):
    return _number(_argument(0, "increment")(arguments, options)) != 0


def _sets_limit(*arguments, **options):
    limits = _argument(2, "limits")(arguments, options)
    return limits is not None and _is_about_server(*arguments, **options)


def _ends_process(*arguments, **options):
    return bool(_argument(3, "exit")(arguments, options))


def _changes_mask(*arguments, **options):
    # What asks for the mask, and Python's helper of its own processes: it keeps two
    # signals from a program until that has started, which here it starts with.
    caller = sys._getframe(2)
    if caller.f_globals.get("__name__") == "signal" and caller.f_back is not None:
        caller = caller.f_back
    mask = _argument(1, "mask")(arguments, options)
    is_helper = caller.f_globals.get("__name__") == "multiprocessing.resource_tracker"
    return bool(mask) and not is_helper


def _changes_locale(*arguments, **options):
    import _locale

    wanted = _argument(1, "locale")(arguments, options)
    category = _argument(0, "category")(arguments, options)
    if wanted is None:
        return False
    if not isinstance(wanted, str):
        wanted = __import__("locale").normalize(".".join(filter(None, wanted)))
    every = {
        name: number
        for name, number in vars(_locale).items()
        if name.startswith("LC_") and name != "LC_ALL"
    }
    concerned = {
        name: number for name, number in every.items() if category in (number, _locale.LC_ALL)
    }
    return not concerned or any(
        _plain_name(_named_locale(name, wanted)) != _plain_name(_set_locale(number))
        for name, number in concerned.items()
    )


def _named_locale(category, wanted):
    if wanted:
        return wanted
    environment = (os.environ.get(name) for name in ("LC_ALL", category, "LANG"))
    return next(filter(None, environment), "C")


def _plain_name(locale):
    return "C" if locale == "POSIX" else locale


_set_locale = None

_SIGNALS = "signals are the server's, which saves and ends by them"
_FORK = (
    "the child would go on as a second server; use subprocess, or multiprocessing with its "
    "start method spawn, which is the default here"
)
_ENDS = "it would end the server without a word; raise an exception instead"
_FOLDER = "the server saves in its working directory; use absolute paths, or cwd= of subprocess"
_IDENTITY = "users and sessions of the process are the server's; start a program for that"
_SHARE = "it would bind the server; start a program for that"
_OPEN = "that descriptor is the server's, not one that Python opened"


def _table(is_of_server):
    """Lists module, names, what is raised, why, and when; without the last, always."""
    first = _argument(0, "fd")

    def is_open_here(*arguments, **options):
        return is_of_server(_number(first(arguments, options), -1))

    def replaces(*arguments, **options):
        return is_of_server(_number(_argument(1, "fd2")(arguments, options), -1))

    def controls(*arguments, **options):
        import fcntl

        command = _argument(1, "cmd")(arguments, options)
        return command in (fcntl.F_SETFL, fcntl.F_SETFD) and is_open_here(*arguments)

    import locale

    refused = PermissionError
    return [
        ("posix", "chdir fchdir chroot", refused, _FOLDER, _always),
        (
            "posix",
            "umask",
            refused,
            "the files of the server take it too; use chmod, or umask= of subprocess",
            _always,
        ),
        ("posix", "fork forkpty", refused, _FORK, _always),
        ("posix", "_exit abort execv execve", refused, _ENDS, _always),
        ("posix", "kill", refused, _SIGNALS, _sends_to_server),
        ("posix", "killpg", refused, _SIGNALS, _sends_to_group),
        (
            "posix",
            "wait wait3",
            refused,
            "the server waits for its own children; wait for one by its number",
            _always,
        ),
        (
            "posix",
            "waitpid wait4",
            refused,
            "the server waits for its own children; wait for one by its number",
            _waits_for_any,
        ),
        (
            "posix",
            "waitid",
            refused,
            "the server waits for its own children; wait for one by its number",
            _waits_for_all,
        ),
        (
            "posix",
            "setuid seteuid setreuid setresuid setgid setegid setregid setresgid setgroups "
            "initgroups setsid setpgrp tcsetpgrp login_tty setns unshare",
            refused,
            _IDENTITY,
            _always,
        ),
        ("posix", "setpgid", refused, _IDENTITY, _is_about_server),
        ("posix", "nice", refused, _SHARE, _is_nicer),
        ("posix", "setpriority", refused, _SHARE, _is_about_priority),
        (
            "posix",
            "sched_setaffinity sched_setscheduler sched_setparam",
            refused,
            _SHARE,
            _is_about_server,
        ),
        ("posix", "close set_blocking set_inheritable", refused, _OPEN, is_open_here),
        ("posix", "dup2", refused, _OPEN, replaces),
        (
            "posix",
            "closerange",
            refused,
            "descriptors of the server may be in between; close each that Python opened",
            _always,
        ),
        ("_socket", "close", refused, _OPEN, is_open_here),
        ("fcntl", "fcntl", refused, _OPEN, controls),
        ("resource", "setrlimit", refused, _SHARE, _always),
        ("resource", "prlimit", refused, _SHARE, _sets_limit),
        (
            "_signal",
            "signal siginterrupt set_wakeup_fd setitimer alarm pause sigwait sigwaitinfo "
            "sigtimedwait raise_signal",
            ValueError,
            _SIGNALS,
            _always,
        ),
        ("_signal", "pthread_kill", ValueError, _SIGNALS, _sends_to_thread),
        ("_signal", "pidfd_send_signal", ValueError, _SIGNALS, _sends_by_descriptor),
        ("_signal", "pthread_sigmask", ValueError, _SIGNALS, _changes_mask),
        ("faulthandler", "enable register", RuntimeError, _SIGNALS, _always),
        ("faulthandler", "dump_traceback_later", RuntimeError, _ENDS, _ends_process),
        (
            "_locale",
            "setlocale",
            locale.Error,
            "the server reads and writes numbers by it, for every client; format texts "
            "with a package such as babel",
            _changes_locale,
        ),
    ]


# What people call the modules.
_PUBLIC = {"posix": "os", "_signal": "signal", "_locale": "locale", "_socket": "socket"}


def keep(is_of_server):
    """Puts guards in the place of the functions that would take what is the server's.

    `is_of_server` says of a descriptor whether it is.
    """
    import importlib
    import signal as _signal  # noqa: F401 (it is looked for among the modules below)

    global _set_locale
    guards = {}
    for module, names, raised, why, is_refused in _table(is_of_server):
        try:
            module = importlib.import_module(module)
        except ImportError:
            continue
        for name in names.split():
            original = getattr(module, name, None)
            if original is None:
                continue
            if name == "setlocale":
                _set_locale = original
            public = f"{_PUBLIC.get(module.__name__, module.__name__)}.{name}"
            guards[id(original)] = (original, _guard(original, public, raised, why, is_refused))
    # The functions are in several modules under one name or another, and `signal` has
    # some of its own around those.
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", {})
        for name, value in list(names.items()):
            original, guard = guards.get(id(value), (None, None))
            if original is value and guard is not None:
                names[name] = guard
    for supporting in os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks:
        for original, guard in guards.values():
            if original in supporting:
                supporting.add(guard)
    _keep_sockets(is_of_server)


def _guard(original, name, raised, why, is_refused):
    @functools.wraps(original)
    def guard(*arguments, **options):
        if is_refused(*arguments, **options) and os.getpid() == _SERVER:
            raise _refusal(raised, f"{name} is refused in the server: {why}")
        return original(*arguments, **options)

    return guard


def _refusal(raised, sentence):
    return raised(errno.EPERM, sentence) if raised is PermissionError else raised(sentence)


def _keep_sockets(is_of_server):
    """Refuses sockets over descriptors of the server, which would close those."""
    import socket

    make = socket.socket.__init__

    @functools.wraps(make)
    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        if fileno is not None and is_of_server(_number(fileno, -1)):
            # Without a descriptor of its own there is nothing to close.
            self._io_refs, self._closed = 0, True
            raise _refusal(
                PermissionError, f"socket.socket is refused in the server: {_OPEN}"
            )
        make(self, family, type, proto, fileno)

    socket.socket.__init__ = __init__
