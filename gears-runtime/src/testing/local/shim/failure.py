"""Exceptions of gears, and the texts that callers get for exceptions."""

import traceback


class error(Exception):
    """What a server raises in scripts."""


class flat_error(Exception):
    """An error whose text is just its message."""


OVERDUE = "the function ran longer than its deadline allows"


class forcestopped(BaseException):
    """Ends code whose time is up; few handlers catch it."""

    def __init__(self):
        super().__init__(OVERDUE)


class Unavailable(error):
    """What a server has and this process has not."""

    def __init__(self, feature):
        self.feature = feature
        super().__init__("%s is not possible where gears run locally" % feature)


for _class in error, flat_error, forcestopped:
    _class.__module__ = "gears"


def text(exception):
    """Returns what a server would answer with for an exception."""
    if isinstance(exception, Unavailable):
        # The stub makes an error of this that says what a server could do.
        return "GEARSLOCAL " + exception.feature
    if isinstance(exception, flat_error):
        return str(exception)
    kind = type(exception)
    try:
        told = traceback.TracebackException(kind, exception, exception.__traceback__)
        _leave_us_out(told)
        if told.stack or told.__cause__ or told.__context__:
            return str(list(told.format()))
        return "Error type: %s, Value: %s" % (kind, exception)
    except Exception:
        return "Error type: %s, Value: <the exception cannot be printed>" % kind


def _leave_us_out(told):
    """Takes out the frames of this package, in whose place a server has none."""
    if told is None:
        return
    told.stack[:] = [frame for frame in told.stack if not frame.filename.startswith("<gears local")]
    for other in [told.__cause__, told.__context__] + list(getattr(told, "exceptions", None) or []):
        _leave_us_out(other)


def unavailable(feature):
    """Returns a function for scripts that cannot be had here."""

    def function(*_arguments, **_options):
        raise Unavailable(feature)

    return function
