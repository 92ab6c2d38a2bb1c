"""Totals of one shard and of all, for `.aggregate(…)`."""

import copy

from .then import _gear_then

# --- sent ---


def _gear_fold(zero, function, item=lambda record: record):
    # Totals are boxed: servers take falsy ones for none.
    def _gear_folded(total, record):
        total = copy.deepcopy(zero) if total is None else total[0]
        return _gear_then(function(total, item(record)), lambda total: [total])
    return _gear_folded


def _gear_unbox(total):
    return total[0]
