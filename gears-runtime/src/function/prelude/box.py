"""Puts records into boxes, for counts that may be of nothing.

A record is in a list of its own, and an empty one goes along through all steps: so there is something to count
where no record is left.
"""

# --- sent ---


def _gear_box(record):
    # Servers do not count nothing: an empty box goes along with the boxes of records.
    return [[record], []]
