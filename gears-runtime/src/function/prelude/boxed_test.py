"""`.filter(…)` and `.for_each(…)` of records in boxes."""

# --- sent ---


def _gear_boxed_test(function):
    return lambda box: function(box[0]) if box else True
