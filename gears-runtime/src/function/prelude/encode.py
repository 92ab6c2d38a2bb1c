"""Makes bytes of a result, which gears-runtime reads back as the value that it was."""

import base64

from . import _gear_json

# --- sent ---


def _gear_plain(value):
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -2**63 <= value < 2**63 else {'$int': '%d' % value}
    if isinstance(value, float):
        return float(value) if value - value == 0 else {'$float': repr(float(value))}
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return {'$other': ['str', ascii(value)]}
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return {'$bytes': base64.b64encode(value).decode()}
    if isinstance(value, list):
        return [_gear_plain(item) for item in value]
    if isinstance(value, tuple):
        return {'$tuple': [_gear_plain(item) for item in value]}
    if isinstance(value, (set, frozenset)):
        return {'$set': [_gear_plain(item) for item in value]}
    if isinstance(value, dict):
        if all(isinstance(key, str) and key[:1] != '$' and key.isascii() for key in value):
            return {key: _gear_plain(item) for key, item in value.items()}
        return {'$dict': [[_gear_plain(key), _gear_plain(item)] for key, item in value.items()]}
    return {'$other': [type(value).__name__, ascii(value)]}


def _gear_encode(value):
    # Whatever the record is, it arrives as such: servers change what is no bytes.
    if value is None:
        return b'n'
    if isinstance(value, bool):
        return b't' if value else b'f'
    if isinstance(value, int):
        return b'i%d' % value
    if isinstance(value, float):
        return b'd' + repr(float(value)).encode()
    if isinstance(value, (bytes, bytearray)):
        return b'b' + value
    if isinstance(value, str):
        try:
            return b's' + value.encode()
        except UnicodeEncodeError:
            pass
    return b'j' + _gear_json(value).encode()
