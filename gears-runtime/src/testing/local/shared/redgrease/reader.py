"""The readers, with the operations that each has of its own (sections 6.3 to 6.8 of the manual)."""

from redgrease.gears import OpenGearFunction, Reader
from redgrease.utils import record, stream_record


class GearReader(OpenGearFunction):
    """A reader, to which operations are added."""

    def __init__(self, reader, defaultArg="*", desc=None, requirements=None):
        OpenGearFunction.__init__(self, Reader(reader, defaultArg, desc), requirements=requirements)


class KeysReader(GearReader):
    """Reads keys with their values."""

    def __init__(self, default_key_pattern="*", desc=None, requirements=None):
        GearReader.__init__(self, "KeysReader", default_key_pattern, desc, requirements)

    def values(self, type=..., event=...):
        return self._chosen(type, event).map(lambda record: record.get("value"))

    def keys(self, type=..., event=...):
        return self._chosen(type, event).map(lambda record: record["key"])

    def records(self, type=..., event=...):
        return self._chosen(type, event).map(record)

    def _chosen(self, type, event):
        """Filters by the type of keys and by the event."""
        chosen = self
        for name, wanted in ("type", type), ("event", event):
            if wanted is not ... and wanted is not None:
                chosen = chosen.filter(_one_of(name, [wanted] if isinstance(wanted, str) else list(wanted)))
        return chosen


def _one_of(name, wanted):
    return lambda record: record.get(name) in wanted


class KeysOnlyReader(GearReader):
    """Reads keys without their values."""

    def __init__(self, default_key_pattern="*", desc=None, requirements=None):
        GearReader.__init__(self, "KeysOnlyReader", default_key_pattern, desc, requirements)


class StreamReader(GearReader):
    """Reads the entries of streams."""

    def __init__(self, default_key_pattern="*", desc=None, requirements=None):
        GearReader.__init__(self, "StreamReader", default_key_pattern, desc, requirements)

    def values(self):
        return self.map(lambda record: record["value"])

    def keys(self):
        return self.map(lambda record: record["key"])

    def records(self):
        return self.map(stream_record)


class PythonReader(GearReader):
    """Reads what a Python generator yields."""

    def __init__(self, desc=None, requirements=None):
        GearReader.__init__(self, "PythonReader", None, desc, requirements)


class ShardsIDReader(GearReader):
    """Reads one record on each shard."""

    def __init__(self, desc=None, requirements=None):
        GearReader.__init__(self, "ShardsIDReader", None, desc, requirements)


class CommandReader(GearReader):
    """Reads the arguments of commands."""

    def __init__(self, desc=None, requirements=None):
        GearReader.__init__(self, "CommandReader", None, desc, requirements)

    def args(self, max_count=None):
        end = None if max_count is None else max_count + 1
        return self.map(lambda command: command[1:end])

    def apply(self, fun, requirements=None):
        def call(command):
            return fun(*command[1:])

        call.__name__ = getattr(fun, "__name__", "call")
        return self.map(call, requirements)
