"""Makes a reply of a value, for what stands in for a command.

Text travels as bytes, so that what begins with `+` or `-` is neither a status nor an error; `OK` is the status
that nearly all commands mean by it. No server lets a hook reply nil.
"""

from . import _gear_name

# --- sent ---


def _gear_reply(value):
    if isinstance(value, str):
        return '+OK' if value == 'OK' else value.encode()
    if isinstance(value, int):
        return int(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, float):
        return repr(value).encode()
    if isinstance(value, (list, tuple)):
        return [_gear_reply(element) for element in value]
    raise TypeError('a hook replies text, bytes, numbers or lists of them, and no server lets it reply nil, but %s '
                    'returned %r' % (_gear_name, value))
