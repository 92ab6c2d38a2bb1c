"""`.map(…)` of records in boxes."""

from .then import _gear_then

# --- sent ---


def _gear_boxed_map(function):
    return lambda box: _gear_then(function(box[0]), lambda value: [value]) if box else box
