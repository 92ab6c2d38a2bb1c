//! The name `cmd`, for servers that do not bring it.

/// The name `cmd`, for servers that do not bring it: redis-py over `execute`.
pub(crate) const COMMANDS: &str = "
import redis as _gear_redis
def _gear_plain(answer):
    if isinstance(answer, list):
        return [_gear_plain(element) for element in answer]
    return bytes(answer) if isinstance(answer, bytearray) else answer
class _GearCommands(_gear_redis.Redis):
    def execute_command(self, *words, **options):
        answer = _gear_plain(execute(*words[0].split(), *words[1:]))
        options.pop('keys', None)
        options.pop('NEVER_DECODE', None)
        empty = options.pop('EMPTY_RESPONSE', None)
        if answer is None and empty is not None:
            return empty
        convert = self.response_callbacks.get(words[0])
        return answer if convert is None else convert(answer, **options)
cmd = _GearCommands(decode_responses=True)
";
