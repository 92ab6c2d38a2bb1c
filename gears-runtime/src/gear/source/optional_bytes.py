"""Reads bytes or null."""

# --- sent ---
from base64 import b64decode as _gear_b64decode
from json import loads as _gear_loads


def _gear_optional_bytes(argument):
    value = _gear_loads(argument)
    return None if value is None else _gear_b64decode(value)
