"""Reads a bool or null."""

# --- sent ---
from json import loads as _gear_loads


def _gear_optional_boolean(argument):
    value = _gear_loads(argument)
    if value is None or type(value) is bool:
        return value
    raise TypeError
