"""The decorator that makes commands of functions (section 11.1 of the manual)."""

import uuid

from redgrease.exceptions import DuplicateTriggerError
from redgrease.reader import CommandReader

_TAKEN = "trigger already registered"


def command(
    trigger=None, prefix="*", collect=True, mode="async", onRegistered=None, replace=None, requirements=None, **kargs
):
    """Registers the decorated function on a trigger, by default its own name; `...` makes one up.

    With `replace=False` a function that has the trigger already is left there, without an error.
    """
    if callable(trigger):
        return command()(trigger)
    if replace:
        raise TypeError(
            "replace=True of a command is not possible inside the server: send the script with REPLACE_WITH and the "
            "session that has the trigger now, or unregister that one first"
        )

    desc = kargs.pop("desc", None)

    def register(function):
        if trigger is None:
            name = getattr(function, "__name__", None)
            if name is None:
                raise TypeError("%r has no name of its own: give its command a trigger" % (function,))
        else:
            name = uuid.uuid4().hex if trigger is ... else trigger
        commands = CommandReader(desc=desc, requirements=requirements)
        try:
            return commands.apply(function).register(
                prefix, collect=collect, mode=mode, onRegistered=onRegistered, trigger=name, **kargs
            )
        except Exception as error:
            if _TAKEN not in str(error):
                raise
            if replace is None:
                raise DuplicateTriggerError("the trigger %s is taken by another function" % name) from error
        return None

    return register


trigger = command
