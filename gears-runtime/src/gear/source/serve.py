"""Calls a gear as a function of the server's: keys and arguments are its record, and the only result is the reply.

The number of keys, and what is said when it is another one, are put in where their names stand.
"""

from . import _gear_call, _gear_keys, _gear_wrong_keys

# --- sent ---


def _gear_serve(keys, args):
    if len(keys) != _gear_keys:
        raise TypeError(_gear_wrong_keys + str(len(keys)))
    result = _gear_call((None, *keys, *args))
    if type(result) is list:
        return result[0] if result else None
    return result
