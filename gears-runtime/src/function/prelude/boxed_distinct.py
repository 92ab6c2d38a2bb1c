"""`.distinct()` of records in boxes."""

# --- sent ---


def _gear_boxed_add(some, record):
    some.add(record)
    return some
