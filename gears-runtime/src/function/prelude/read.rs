//! Readers as generators, which can begin with an empty box where the server's own cannot.

use super::Piece;

pub(super) const PIECES: &[Piece] = &[
    Piece {
        name: "_gear_field",
        needs: &[],
        text: "
def _gear_fields(flat):
    names = [bytes(name) if isinstance(name, bytearray) else name for name in flat[::2]]
    return dict(zip(names, flat[1::2]))
",
    },
    Piece {
        name: "_gear_scan",
        needs: &[],
        text: "
def _gear_scan(pattern, exact=False, count=1000):
    if exact:
        return [pattern] if execute('EXISTS', pattern) == 1 else []
    def scan():
        cursor = '0'
        while True:
            cursor, keys = execute('SCAN', cursor, 'MATCH', pattern, 'COUNT', count)
            yield from keys
            if cursor == '0':
                return
    return scan()
",
    },
    Piece {
        name: "_gear_boxed_names",
        needs: &["_gear_scan"],
        text: "
def _gear_boxed_names(ask, count=1000):
    # As a KeysOnlyReader, but with an empty box first.
    def generate():
        yield []
        for key in _gear_scan(*ask(), count=count):
            yield [key]
    return generate
",
    },
    Piece {
        name: "_gear_boxed_keys",
        needs: &["_gear_scan", "_gear_field"],
        text: "
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
    def generate():
        yield []
        for key in _gear_scan(pattern):
            record = read(key)
            if record['type'] != 'empty':
                yield [record]
    return generate
",
    },
    Piece {
        name: "_gear_boxed_entries",
        needs: &["_gear_field"],
        text: "
def _gear_boxed_entries(stream, last='0-0'):
    # As a StreamReader, but with an empty box first.
    def read(last):
        try:
            return execute('XREAD', 'COUNT', 1000, 'STREAMS', stream, last)
        except Exception as error:
            # The stream is on another shard, in the words of RedisGears and of gears-engine.
            if 'not permitted' in str(error) or 'another shard' in str(error):
                return None
            raise
    def generate():
        yield []
        reply, after = read(last), last
        while reply:
            for after, flat in reply[0][1]:
                yield [{'key': stream, 'id': after, 'value': _gear_fields(flat)}]
            reply = read(after)
    return generate
",
    },
    Piece {
        name: "_gear_boxed_generate",
        needs: &[],
        text: "
def _gear_boxed_generate(function):
    def generate():
        yield []
        for record in function():
            yield [record]
    return generate
",
    },
];
