"""Reads keys into boxes."""

from .fields import _gear_fields
from .scan import _gear_scan

# --- sent ---


def _gear_read(key):
    value = None
    with atomic():
        kind = execute('TYPE', key)
        if kind == 'string':
            value = execute('GET', key)
        elif kind == 'list':
            value = execute('LRANGE', key, 0, -1)
        elif kind == 'hash':
            value = _gear_fields(execute('HGETALL', key))
    other = {'set': 'set', 'zset': 'zset', 'none': 'empty', 'stream': 'unknown'}
    kind = kind if value is not None else other.get(kind, 'module')
    return {'event': None, 'key': key, 'type': kind, 'value': value}


def _gear_name(key):
    return {'event': None, 'key': key, 'type': None, 'value': None}


def _gear_boxed_keys(pattern, read):
    # As a KeysReader, but with an empty box first.
    def _gear_generated():
        yield []
        for key in _gear_scan(pattern):
            record = read(key)
            if record['type'] != 'empty':
                yield [record]
    return _gear_generated
