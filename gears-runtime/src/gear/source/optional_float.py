"""Reads a float or null."""

# --- sent ---
from json import loads as _gear_loads


def _gear_optional_float(argument):
    value = _gear_loads(argument)
    if value is None:
        return None
    if type(value) in (int, float):
        return float(value)
    raise TypeError
