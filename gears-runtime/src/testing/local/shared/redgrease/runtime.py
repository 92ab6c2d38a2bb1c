"""The functions that scripts find anyway, with what the package adds to them (chapter 5 of the manual)."""

from redisgears import (
    atomic,
    cmd,
    configGet,
    execute,
    gearsConfigGet,
    gearsFuture,
    hashtag,
    hashtag3,
)
from redisgears import log as _log

from redgrease.gears import OpenGearFunction, Reader, prepared

__all__ = [
    "GB",
    "GearsBuilder",
    "atomic",
    "cmd",
    "configGet",
    "execute",
    "gearsConfigGet",
    "gearsFuture",
    "hashtag",
    "hashtag3",
    "log",
]


def log(message, level="notice"):
    """Writes anything to the server's log, as text."""
    _log(str(message), level=str(level))


class GearsBuilder(OpenGearFunction):
    """A builder that takes each operation in, as the server's own, and that knows the function so far.

    Arguments beyond those of the server's builder are defaults of `run` and `register`.
    """

    def __init__(self, reader="KeysReader", defaultArg="*", desc=None, *args, **kwargs):
        self._gearfunction = OpenGearFunction(Reader(reader, defaultArg, desc))
        self._defaults = dict(zip(("arg", "convertToStr", "collect"), args), **kwargs)

    @property
    def gearfunction(self):
        """The function as it is now; what is added to it is not added to the builder."""
        return self._gearfunction

    @property
    def operation(self):
        return self._gearfunction.operation

    @property
    def input_function(self):
        return self._gearfunction.input_function

    @property
    def requirements(self):
        return self._gearfunction.requirements

    def _followed_by(self, operation, requirements=None):
        self._gearfunction = self._gearfunction._followed_by(operation, requirements)
        return self

    def run(self, arg=None, convertToStr=None, collect=None, requirements=None, on=None, **kwargs):
        told = dict(kwargs, arg=arg, convertToStr=convertToStr, collect=collect)
        builder, told = prepared(self, "run", requirements, on, self._told(told, ("prefix",)))
        return builder.run(**told)

    def register(self, prefix=None, convertToStr=None, collect=None, requirements=None, on=None, **kwargs):
        told = dict(kwargs, prefix=prefix, convertToStr=convertToStr, collect=collect)
        builder, told = prepared(self, "register", requirements, on, self._told(told, ("arg",)))
        return builder.register(**told)

    def _told(self, told, of_others):
        """Adds the defaults to what was told; `of_others` are arguments of the other action."""
        known = {name: value for name, value in self._defaults.items() if name not in of_others}
        known.update((name, value) for name, value in told.items() if value is not None)
        return known


GB = GearsBuilder
