"""`GearsBuilder`, as far as functions on triggers need it."""

from _gears_local.failure import Unavailable, error
from _gears_local.wire import Failure

# What `register` takes of a function on a trigger.
OPTIONS = {"trigger", "mode", "convertToStr", "inorder", "onRegistered", "timeout_ms"}
MODES = ("async", "async_local", "sync")


class Registration:
    """A function that a trigger runs."""

    def __init__(self, steps, description, options):
        self.steps = steps
        self.description = description
        self.trigger = options["trigger"]
        self.mode = options.get("mode", "async")
        self.in_order = bool(options.get("inorder", False))
        self.on_registered = options.get("onRegistered")
        self.timeout_ms = options.get("timeout_ms")
        self.triggered = self.succeeded = self.failed = 0
        self.last_error = None
        if options.get("convertToStr", True):
            self.steps = self.steps + [("map", str)]

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


def builder(register):
    """Makes the class; `register` takes the registrations of the script that runs."""

    class GearsBuilder:
        """Collects steps for a record, until `register`."""

        def __init__(self, reader="KeysReader", defaultArg="*", desc=None):
            if not isinstance(reader, str):
                raise error("reader argument must be a string")
            if desc is not None and not isinstance(desc, str):
                raise error("desc argument must be a string")
            self._reader = reader
            self._description = desc
            self._steps = []

        def _add(self, kind, function):
            self._steps.append((kind, function))
            return self

        def map(self, function):
            return self._add("map", function)

        def flatmap(self, function):
            return self._add("flatmap", function)

        def filter(self, function):
            return self._add("filter", function)

        def foreach(self, function):
            return self._add("foreach", function)

        def run(self, *_arguments, **_options):
            raise Unavailable("`run()` of a GearsBuilder, which reads the server's data,")

        def register(self, *arguments, **options):
            if self._reader != "CommandReader":
                raise Unavailable("registering functions of the reader " + self._reader)
            if "hook" in options:
                raise Unavailable("a hook of the command " + str(options["hook"]))
            if arguments or set(options) - OPTIONS:
                strange = [str(word) for word in arguments] + sorted(set(options) - OPTIONS)
                raise Unavailable("the option %s of `register`" % strange[0])
            if not isinstance(options.get("trigger"), str):
                raise error("trigger argument was not given")
            if options.get("mode", "async") not in MODES:
                raise error("unknown execution mode")
            register(Registration(list(self._steps), self._description, options))

        def __getattr__(self, name):
            if name.startswith("_"):
                raise AttributeError(name)
            raise Unavailable("the step `%s` of a GearsBuilder" % name)

    GearsBuilder.__module__ = "redisgears"
    return GearsBuilder
