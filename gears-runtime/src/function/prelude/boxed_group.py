"""Groups of records in boxes, which the empty ones pass in a group of their own."""

from .boxed_fold import _gear_boxed_fold

# --- sent ---


def _gear_boxed_key(function):
    def _gear_named(key):
        return 'k' + (key if isinstance(key, str) else repr(key))
    return lambda box: _gear_named(function(box[0])) if box else '-'


def _gear_boxed_reduce(zero, function):
    def _gear_reduced(key, total, box):
        fold = _gear_boxed_fold(zero, lambda before, record: function(key[1:], before, record))
        return fold(total, box)
    return _gear_reduced


def _gear_boxed_batch(function):
    def _gear_reduced(key, boxes):
        return [[function(key[1:], [box[0] for box in boxes])] if key != '-' else []]
    return _gear_reduced


def _gear_boxed_group(group):
    box = group['value'][0]
    return [{'key': group['key'][1:], 'value': box[0]}] if box else box
