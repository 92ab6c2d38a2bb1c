"""Reads an int or null."""

# --- sent ---
from json import loads as _gear_loads


def _gear_optional_integer(argument):
    value = _gear_loads(argument)
    if value is None or type(value) is int:
        return value
    raise TypeError
