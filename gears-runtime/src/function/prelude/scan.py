"""Finds the keys that match a pattern."""

# --- sent ---


def _gear_scan(pattern, exact=False, count=1000):
    if exact:
        return [pattern] if execute('EXISTS', pattern) == 1 else []
    def _gear_scanned():
        cursor = '0'
        while True:
            cursor, keys = execute('SCAN', cursor, 'MATCH', pattern, 'COUNT', count)
            yield from keys
            if cursor == '0':
                return
    return _gear_scanned()
