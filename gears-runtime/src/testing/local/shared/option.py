"""What `run` and `register` are told by keyword, as far as every place that has them reads it.

Each function returns what is wrong, or None, and then what was told. An option that is `None` counts as absent,
but where it says otherwise.
"""

import re
import types

MODES = "async", "async_local", "sync"
_TIMEOUT = "timeout_ms argument must be a number of milliseconds above 0"
_VERSION = re.compile("[0-9A-Za-z._-]{1,64}")
_NO_VERSION = "version argument must be a string of 1 to 64 letters, digits, '.', '_' and '-'"
HOUR = 3600000


def mode(options):
    """Reads `mode`, of which `None` is a wrong one."""
    mode = options.get("mode", "async")
    if not isinstance(mode, str):
        return "execution mode must be a string", None
    return (None if mode in MODES else "unknown execution mode"), mode


def on_registered(options):
    """Reads `onRegistered`."""
    function = options.get("onRegistered")
    if function is None or type(function) is types.FunctionType:
        return None, function
    return "OnRegistered argument must be a function", None


def timeout(options):
    """Reads `timeout_ms`, which is ours: how long one execution may take."""
    milliseconds = options.get("timeout_ms")
    if milliseconds is None or isinstance(milliseconds, int) and 0 < milliseconds < 2**63:
        return None, milliseconds
    return _TIMEOUT, None


def command(options):
    """Reads what a CommandReader waits for: trigger, hook, prefix of its keys, and whether its calls keep their order.

    One of trigger and hook is there. Of the order, `None` is a wrong one.
    """
    trigger, hook, key_prefix = map(options.get, ("trigger", "hook", "keyprefix"))
    in_order = options.get("inorder", False)
    told = trigger, hook, key_prefix, in_order
    if not isinstance(in_order, bool):
        return "inorder argument is be boolean", told
    if trigger is not None:
        if not isinstance(trigger, str):
            return "trigger argument is not string", told
        if hook is not None or key_prefix is not None:
            return "trigger argument can not be given with keyprefix or hook", told
    elif hook is None:
        return "no trigger or hook argument was given", told
    elif not isinstance(hook, str):
        return "hook argument is not string", told
    elif key_prefix is not None and not isinstance(key_prefix, str):
        return "keyprefix argument is not string", told
    return None, told


def edition(options):
    """Reads which of several versions of a trigger it is, how long it stays uncalled, and whether it is the newest."""
    version, keep, newest = map(options.get, ("version", "keep", "newest"))
    told = version, HOUR if keep is None else keep, newest is None or newest
    if version is None:
        alone = next((name for name in ("keep", "newest") if options.get(name) is not None), None)
        return None if alone is None else alone + " argument can only be given with version", told
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        return _NO_VERSION, told
    if options.get("trigger") is None:
        return "version argument can only be given with trigger", told
    if not isinstance(told[1], int) or not 0 < told[1] < 2**63:
        return "keep argument must be a number of milliseconds above 0", told
    if not isinstance(told[2], bool):
        return "newest argument must be a boolean", told
    return None, told
