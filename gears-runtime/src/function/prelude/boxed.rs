//! Steps on records in boxes, for counts that may be of nothing.
//!
//! A record is in a list of its own, and an empty one goes along through all steps: so there is
//! something to count where no record is left.

use super::Piece;

pub(super) const PIECES: &[Piece] = &[
    Piece {
        name: "_gear_box",
        needs: &[],
        text: "
def _gear_box(record):
    # Servers do not count nothing: an empty box goes along with the boxes of records.
    return [[record], []]
",
    },
    Piece {
        name: "_gear_boxed_map",
        needs: &["_gear_then"],
        text: "
def _gear_boxed_map(function):
    return lambda box: _gear_then(function(box[0]), lambda value: [value]) if box else box
",
    },
    Piece {
        name: "_gear_boxed_test",
        needs: &[],
        text: "
def _gear_boxed_test(function):
    return lambda box: function(box[0]) if box else True
",
    },
    Piece {
        name: "_gear_boxed_each",
        needs: &["_gear_each", "_gear_then"],
        text: "
def _gear_boxed_each(function):
    def expand(records):
        return [[record] for record in _gear_listed(records)]
    return lambda box: _gear_then(function(box[0]), expand) if box else [box]
",
    },
    Piece {
        name: "_gear_boxed_fold",
        needs: &["_gear_then"],
        text: "
def _gear_boxed_fold(zero, function):
    # The box of the total is in one more list: servers take falsy totals for none.
    def fold(total, box):
        held = total[0] if total else []
        if not box:
            return [held]
        before = held[0] if held else copy.deepcopy(zero)
        return _gear_then(function(before, box[0]), lambda value: [[value]])
    return fold
def _gear_boxed_total(total):
    return [total[0], []] if total[0] else [[]]
",
    },
    Piece {
        name: "_gear_boxed_group",
        needs: &["_gear_boxed_fold", "_gear_then"],
        text: "
def _gear_boxed_key(function):
    def name(key):
        return 'k' + (key if isinstance(key, str) else repr(key))
    return lambda box: name(function(box[0])) if box else '-'
def _gear_boxed_reduce(zero, function):
    def reduce(key, total, box):
        fold = _gear_boxed_fold(zero, lambda before, record: function(key[1:], before, record))
        return fold(total, box)
    return reduce
def _gear_boxed_batch(function):
    def reduce(key, boxes):
        return [[function(key[1:], [box[0] for box in boxes])] if key != '-' else []]
    return reduce
def _gear_boxed_group(group):
    box = group['value'][0]
    return [{'key': group['key'][1:], 'value': box[0]}] if box else box
",
    },
    Piece {
        name: "_gear_boxed_list",
        needs: &[],
        text: "
def _gear_boxed_take(most):
    def take(some, record):
        if most is None or len(some) < most:
            some.append(record)
        return some
    return take
def _gear_boxed_join(most):
    return lambda some, others: (some + others)[:most]
def _gear_boxed_unlist(order):
    # Servers take a list from its end.
    def unlist(box):
        return [[record] for record in order(box[0])][::-1] if box else [box]
    return unlist
",
    },
    Piece {
        name: "_gear_boxed_distinct",
        needs: &[],
        text: "
def _gear_boxed_add(some, record):
    some.add(record)
    return some
",
    },
    Piece {
        name: "_gear_boxed_mean",
        needs: &[],
        text: "
def _gear_boxed_sum(total, number):
    return (total[0] + number, total[1] + 1)
def _gear_boxed_sums(total, other):
    return (total[0] + other[0], total[1] + other[1])
",
    },
    Piece {
        name: "_gear_boxed_count",
        needs: &[],
        text: "
def _gear_boxed_count(total, box):
    return (total or 0) + len(box)
def _gear_boxed_counts(total, count):
    return (total or 0) + count
",
    },
];
