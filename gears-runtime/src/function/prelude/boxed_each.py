"""`.flat_map(…)` of records in boxes."""

from .each import _gear_listed
from .then import _gear_then

# --- sent ---


def _gear_boxed_each(function):
    def _gear_expanded(records):
        return [[record] for record in _gear_listed(records)]
    return lambda box: _gear_then(function(box[0]), _gear_expanded) if box else [box]
