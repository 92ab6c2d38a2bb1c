"""Makes records of everything that a function returns, for `.flat_map(…)`."""

from .then import _gear_then

# --- sent ---


def _gear_listed(records):
    if isinstance(records, (str, bytes, bytearray, dict)) or not hasattr(records, '__iter__'):
        return [records]
    # Servers take a list from its end.
    return list(records)[::-1]


def _gear_each(function):
    def _gear_expanded(record):
        return _gear_then(function(record), _gear_listed)
    return _gear_expanded
