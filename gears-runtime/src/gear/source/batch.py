"""Tries every entry of a batch, and fails after the last one as the first one failed that did.

A server gives up a batch at the first error, and then counts all of it as done.
"""

# --- sent ---


def _gear_first(first, failure):
    return failure if first is None else first


def _gear_fail(failure):
    if failure is not None:
        raise failure


def _gear_nothing(failure):
    return False
