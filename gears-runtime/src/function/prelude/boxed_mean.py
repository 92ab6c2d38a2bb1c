"""`.avg(…)` of records in boxes: a sum and a number of records."""

# --- sent ---


def _gear_boxed_sum(total, number):
    return (total[0] + number, total[1] + 1)


def _gear_boxed_sums(total, other):
    return (total[0] + other[0], total[1] + other[1])
