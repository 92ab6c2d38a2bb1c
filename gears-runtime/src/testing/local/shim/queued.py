"""The reply to a command of an atomic block, which is known when the block ends.

A server runs such a command at once. Over a plain connection the block is one
MULTI … EXEC, whose replies come at its end; so a reply that is used sooner is an
error, and one that is used later is what it became.
"""

import operator

from _gears_local.failure import error


class Queued:
    """Stands for a reply, and behaves like it as soon as it is there."""

    def __init__(self, command):
        self._command = command
        self._state = "waiting"
        self._value = None
        self._convert = []

    def become(self, value):
        """Takes the reply."""
        for convert in self._convert:
            value = convert(value)
        self._value = value
        self._state = "there"

    def fail(self, failure):
        """Takes the error reply."""
        self._value = failure
        self._state = "failed"

    def then(self, convert):
        """Has the reply converted when it is there."""
        self._convert.append(convert)
        return self

    def known(self):
        """Returns the reply."""
        if self._state == "there":
            return self._value
        if self._state == "failed":
            raise self._value
        raise error(
            "the reply to %s was used inside `with atomic():`, but where gears run locally the "
            "block is one MULTI … EXEC, and its replies are known when it ends: read before the "
            "block, or use the reply after it; a server with the module has no such limit"
            % self._command
        )

    @property
    def __class__(self):
        # For isinstance(). Inside the block it is nothing that one could test for.
        return type(self._value) if self._state == "there" else Queued

    def __repr__(self):
        # Debuggers and messages show it at any time.
        return "<the reply to %s>" % self._command if self._state == "waiting" else repr(self.known())

    def __getattr__(self, name):
        return getattr(self.known(), name)


def known(value):
    """Returns a value in which replies stand for themselves."""
    if type(value) is Queued:
        return value.known()
    if type(value) in (list, tuple, set):
        return type(value)(known(element) for element in value)
    if type(value) is dict:
        return {known(key): known(element) for key, element in value.items()}
    return value


def _takes_itself(function):
    return lambda self, *others: function(known(self), *map(known, others))


def _reflected(function):
    return lambda self, other: function(known(other), known(self))


# Python looks these up in the class, not in the value.
for _function in (str, bytes, format, hash, bool, int, float, len, iter, reversed, round, divmod):
    setattr(Queued, "__%s__" % _function.__name__, _takes_itself(_function))
for _name in (
    "add sub mul truediv floordiv mod pow lshift rshift and_ or_ xor neg pos abs invert index "
    "eq ne lt le gt ge contains getitem setitem delitem"
).split():
    _method = "__%s__" % _name.rstrip("_")
    setattr(Queued, _method, _takes_itself(getattr(operator, _name)))
for _name in "add sub mul truediv floordiv mod pow lshift rshift and_ or_ xor".split():
    _method = "__r%s__" % _name.rstrip("_")
    setattr(Queued, _method, _reflected(getattr(operator, _name)))
