"""Lists of the records in boxes, for `.limit(…)` and `.sort(…)`."""

# --- sent ---


def _gear_boxed_take(most):
    def _gear_taken(some, record):
        if most is None or len(some) < most:
            some.append(record)
        return some
    return _gear_taken


def _gear_boxed_join(most):
    return lambda some, others: (some + others)[:most]


def _gear_boxed_unlist(order):
    # Servers take a list from its end.
    def _gear_unlisted(box):
        return [[record] for record in order(box[0])][::-1] if box else [box]
    return _gear_unlisted
