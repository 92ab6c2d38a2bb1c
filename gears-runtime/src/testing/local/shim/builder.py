"""`GearsBuilder`, as far as functions on triggers need it."""

import types

from _gears_local import keyword, option
from _gears_local.failure import Unavailable, error
from _gears_local.wire import Failure

# Steps that a server has besides those below.
ELSEWHERE = (
    "accumulate aggregate aggregateby avg batchgroupby collect count countby distinct groupby limit localgroupby "
    "repartition sort"
).split()


class Registration:
    """A function that a trigger runs."""

    def __init__(self, steps, description, trigger, mode, in_order, on_registered, timeout_ms, edition):
        self.steps = steps
        self.description = description
        # The server reads it as C does.
        self.trigger = trigger.split("\0")[0]
        self.version, self.keep, self.newest = edition
        self.mode = mode
        self.in_order = in_order
        self.on_registered = on_registered
        self.timeout_ms = timeout_ms
        self.triggered = self.succeeded = self.failed = 0
        self.last_error = None

    @property
    def own_name(self):
        """The name that it has for itself: one of several versions has its version in it."""
        return self.trigger if self.version is None else "%s@%s" % (self.trigger, self.version)

    @property
    def shared_name(self):
        """The name that it has together with other versions, or None."""
        return None if self.version is None else self.trigger

    def collides(self, other):
        """Says whether both need the same name."""
        return (
            self.own_name == other.own_name
            or self.shared_name == other.own_name
            or self.own_name == other.shared_name
        )

    def note(self, answer):
        """Counts a call, and returns its answer."""
        self.triggered += 1
        if isinstance(answer, Failure):
            self.failed += 1
            self.last_error = answer.text
        else:
            self.succeeded += 1
            self.last_error = None
        return answer


def take(call, parameters, arguments, options):
    """Returns what was passed for some parameters, and the rest of the options; refuses it as a server does."""
    if len(arguments) > len(parameters):
        raise TypeError(
            "%s() takes from 0 to %d positional arguments but %d were given"
            % (call, len(parameters), len(arguments))
        )
    taken, options = dict(zip(parameters, arguments)), dict(options)
    for name in parameters:
        if name in options:
            if name in taken:
                raise TypeError("%s() got multiple values for argument '%s'" % (call, name))
            taken[name] = options.pop(name)
    return taken, options


def builder(register):
    """Makes the class; `register` takes the registrations of the script that runs."""

    class GearsBuilder:
        """Collects steps for a record, until `register`."""

        def __new__(cls, *arguments, **options):
            call = "GearsBuilder.__new__"
            taken, rest = take(call, ("reader", "defaultArg", "desc"), arguments, options)
            if rest:
                raise TypeError("%s() got an unexpected keyword argument '%s'" % (call, next(iter(rest))))
            reader, description = taken.get("reader", "KeysReader"), taken.get("desc")
            if not isinstance(reader, str):
                raise error("reader argument must be a string")
            if reader not in keyword.READERS:
                meant = keyword.nearest(reader, keyword.READERS)
                raise error("The given reader does not exists: '%s'%s" % (reader, keyword.hint(meant)))
            if description is not None and not isinstance(description, str):
                raise error("desc argument must be a string")
            made = object.__new__(cls)
            made._reader = reader
            made._description = description
            made._steps = []
            return made

        def __init__(self, *_arguments, **_options):
            """All is done already."""

        def _add(self, kind, arguments):
            if len(arguments) != 1:
                raise error("wrong number of args to %s function" % kind)
            if type(arguments[0]) is not types.FunctionType:
                raise error("%s argument must be a function" % kind)
            self._steps.append((kind, arguments[0]))
            return self

        def map(self, *arguments):
            return self._add("map", arguments)

        def flatmap(self, *arguments):
            return self._add("flatmap", arguments)

        def filter(self, *arguments):
            return self._add("filter", arguments)

        def foreach(self, *arguments):
            return self._add("foreach", arguments)

        def run(self, *_arguments, **_options):
            raise Unavailable("`run()` of a GearsBuilder, which reads the server's data,")

        def register(self, *arguments, **options):
            known = "prefix", "convertToStr", "collect"
            taken, options = take("GearsBuilder.register", known, arguments, options)
            # The hidden last step. It stays, as on a server.
            if taken.get("convertToStr", True):
                self._steps.append(("map", str))
            told = _check(self._reader, "prefix" in taken, options)
            return register(Registration(list(self._steps), self._description, *told))

        def __getattr__(self, name):
            if name in ELSEWHERE:
                raise Unavailable("the step `%s` of a GearsBuilder" % name)
            raise AttributeError("'redisgears.GearsBuilder' object has no attribute '%s'" % name)

    # What errors call them.
    GearsBuilder.__module__, GearsBuilder.__qualname__ = "redisgears", "GearsBuilder"
    for name, function in vars(GearsBuilder).items():
        if type(function) is types.FunctionType:
            function.__qualname__ = "GearsBuilder." + name
    return GearsBuilder


def _check(reader, has_prefix, options):
    """Refuses what a server refuses, in its order; returns what is told."""
    mode = _told(option.mode, options)
    on_registered = _told(option.on_registered, options)
    if reader in ("PythonReader", "ShardsIDReader", "KeysOnlyReader"):
        raise error("given reader does not exists or does not support register")
    complaint = keyword.complaint("register", reader, options)
    if complaint is not None:
        raise error(complaint)
    if has_prefix and "regex" in options:
        raise error("regex argument is the older name of prefix, give prefix alone")
    if reader != "CommandReader":
        raise Unavailable("registering functions of the reader " + reader)
    trigger, hook, _, in_order = _told(option.command, options)
    edition = _told(option.edition, options)
    if hook is not None:
        raise Unavailable("a hook of the command " + hook)
    return trigger, mode, in_order, on_registered, _told(option.timeout, options), edition


def _told(read, options):
    complaint, told = read(options)
    if complaint is not None:
        raise error(complaint)
    return told
