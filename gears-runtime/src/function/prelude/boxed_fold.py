"""`.accumulate(…)` of records in boxes, and what begins as one."""

import copy

from .then import _gear_then

# --- sent ---


def _gear_boxed_fold(zero, function):
    # The box of the total is in one more list: servers take falsy totals for none.
    def _gear_folded(total, box):
        held = total[0] if total else []
        if not box:
            return [held]
        before = held[0] if held else copy.deepcopy(zero)
        return _gear_then(function(before, box[0]), lambda value: [[value]])
    return _gear_folded


def _gear_boxed_total(total):
    return [total[0], []] if total[0] else [[]]
