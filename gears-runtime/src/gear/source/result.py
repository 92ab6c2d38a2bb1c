"""Makes a record of a value that is not of the usual type: zero or one."""

# --- sent ---


def _gear_result(value):
    if value is None:
        return []
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    # --- what else fits ---
    # The caller says that the result does not fit.
    return [[type(value).__name__.encode(), repr(value)[:200].encode('utf-8', 'replace')]]
