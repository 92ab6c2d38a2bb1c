"""Brings all records together, for `.sort(…)` and `.sort_by(…)`."""

# --- sent ---


def _gear_append(records, record):
    records.append(record)
    return records
