# The module `redisgears` that functions of a server can import; `rg` is the same.

from typing import Any

from gears import *
from gears import _PyAtomic as PyAtomic

class GearsError(Exception):
    """What a server raises: the error of a command, or misuse of a function."""

class GearsFlatError(Exception):
    """What `flat_error` raises."""

class GearsForceStopped(BaseException):
    """What ends a function whose time is up."""

PyFuture: Any
PyExecutionSession: Any

executeCommand = execute
atomicCtx = atomic
config_get = configGet
getMyHashTag = hashtag
registerTimeEvent = registerTE
callNext = call_next
getCommand = get_command
overrideReply = override_reply
flatError = flat_error
gearsFutureCtx = gearsFuture
