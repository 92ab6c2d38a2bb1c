"""Makes a result into what any client can read."""

from . import _gear_json

# --- sent ---


def _gear_reply(value):
    # One result, natural for any client; `None` is no result.
    if value is None:
        return []
    if isinstance(value, str):
        return [value.encode()]
    if isinstance(value, (bytes, bytearray)):
        return [bytes(value)]
    if isinstance(value, int):
        return [int(value) if -2**63 <= value < 2**63 else b'%d' % value]
    if isinstance(value, float):
        return [repr(float(value)).encode()]
    return [_gear_json(value).encode()]
