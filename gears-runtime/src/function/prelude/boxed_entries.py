"""Reads the entries of a stream into boxes."""

from .fields import _gear_fields

# --- sent ---


def _gear_boxed_entries(stream, last='0-0'):
    # As a StreamReader, but with an empty box first.
    def _gear_entries(last):
        try:
            return execute('XREAD', 'COUNT', 1000, 'STREAMS', stream, last)
        except Exception as error:
            # The stream is on another shard, in the words of RedisGears and of gears-engine.
            if 'not permitted' in str(error) or 'another shard' in str(error):
                return None
            raise
    def _gear_generated():
        yield []
        reply, after = _gear_entries(last), last
        while reply:
            for after, flat in reply[0][1]:
                yield [{'key': stream, 'id': after, 'value': _gear_fields(flat)}]
            reply = _gear_entries(after)
    return _gear_generated
