"""Counts the records in boxes, and takes them out by that."""

# --- sent ---


def _gear_boxed_count(total, box):
    return (total or 0) + len(box)


def _gear_boxed_counts(total, count):
    return (total or 0) + count
