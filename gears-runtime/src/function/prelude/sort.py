"""Sorts all records, for `.sort(…)` and `.sort_by(…)`."""

# --- sent ---


def _gear_append(records, record):
    records.append(record)
    return records


def _gear_sort(records, descending, key):
    # Servers take a list from its end.
    return sorted(records, key=key, reverse=descending)[::-1]
