"""Totals of groups, for `.aggregate_by(…)`."""

import copy

from .then import _gear_then

# --- sent ---


def _gear_fold_by(zero, function, item=lambda record: record):
    # Totals are boxed: servers take falsy ones for none.
    def _gear_folded(key, total, record):
        total = copy.deepcopy(zero) if total is None else total[0]
        return _gear_then(function(key, total, item(record)), lambda total: [total])
    return _gear_folded


def _gear_unbox_group(group):
    return {'key': group['key'], 'value': group['value'][0]}
