"""Reads a str or null."""

# --- sent ---
from json import loads as _gear_loads


def _gear_optional_text(argument):
    value = _gear_loads(argument)
    if value is None or type(value) is str:
        return value
    raise TypeError
