"""The name `cmd`, for servers that do not bring it: redis-py over `execute`.

Servers pickle what functions refer to, so it is made anew wherever it arrives: redis-py's own
state has locks, which cannot be pickled.
"""

# --- sent ---
import redis as _gear_redis


def _gear_answer(answer):
    if isinstance(answer, list):
        return [_gear_answer(element) for element in answer]
    return bytes(answer) if isinstance(answer, bytearray) else answer


class _GearCommands(_gear_redis.Redis):
    def __init__(self):
        _gear_redis.Redis.__init__(self, decode_responses=True)
    def __reduce__(self):
        return self.__class__, ()
    def execute_command(self, *words, **options):
        answer = _gear_answer(execute(*words[0].split(), *words[1:]))
        options.pop('keys', None)
        options.pop('NEVER_DECODE', None)
        empty = options.pop('EMPTY_RESPONSE', None)
        if answer is None and empty is not None:
            return empty
        convert = self.response_callbacks.get(words[0])
        return answer if convert is None else convert(answer, **options)


cmd = _GearCommands()
