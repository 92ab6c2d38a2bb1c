"""The keyword arguments that `run` and `register` of each reader know.

Any other is a slip, and ignored would make a function of another meaning.
"""

READERS = "KeysReader", "KeysOnlyReader", "StreamReader", "PythonReader", "ShardsIDReader", "CommandReader"

_COMMON = {
    "run": ["arg", "convertToStr", "collect", "mode", "timeout_ms"],
    "register": ["prefix", "convertToStr", "collect", "mode", "timeout_ms", "onRegistered", "regex"],
}
_OWN = [
    ("run", "KeysReader", ["noScan", "readValue"]),
    ("run", "KeysOnlyReader", ["noScan", "count", "patternGenerator"]),
    ("run", "StreamReader", ["fromId"]),
    ("register", "KeysReader", ["eventTypes", "keyTypes", "commands", "readValue", "onFull"]),
    (
        "register",
        "StreamReader",
        ["batch", "duration", "onFailedPolicy", "onFailedRetryInterval", "trimStream"],
    ),
    ("register", "CommandReader", ["trigger", "hook", "keyprefix", "inorder", "version", "keep", "newest"]),
]
# What other words than ours call an argument.
_ELSEWHERE = {
    "events": "eventTypes",
    "event": "eventTypes",
    "types": "keyTypes",
    "pattern": "prefix",
    "key": "prefix",
    "command": "commands",
    "name": "trigger",
    "onFailed": "onFailedPolicy",
    "retryInterval": "onFailedRetryInterval",
    "trim": "trimStream",
    "timeout": "timeout_ms",
    "batchSize": "batch",
    "ordered": "inorder",
}


def complaint(operation, reader, options):
    """Returns what is wrong with the names of arguments, or None.

    One of another reader that is `None` counts as absent: who wraps `register` hands on all that there are.
    """
    known = _known(operation, reader)
    for name, value in options.items():
        if name in known:
            continue
        owner = next(((of, by) for of, by, names in _OWN if name in names), None)
        if owner is not None and value is None:
            continue
        refused = "%s() of a %s has no argument '%s'" % (operation, reader, name)
        if owner is not None:
            return "%s: it is one of %s() of a %s" % ((refused,) + owner)
        if name == "onUnregistered":
            return refused + ": nothing is called when a function is unregistered"
        meant = meant_argument(operation, reader, name)
        if meant is not None:
            return refused + hint(meant)
        return "%s, it has %s" % (refused, ", ".join(known))
    return None


def _known(operation, reader):
    own = [name for of, by, names in _OWN if (of, by) == (operation, reader) for name in names]
    return _COMMON[operation] + own


def meant_argument(operation, reader, name):
    """Returns the argument that a name may be a slip of, or None."""
    known = _known(operation, reader)
    meant = nearest(name, known)
    if meant is None:
        meant = _ELSEWHERE.get(nearest(name, _ELSEWHERE))
    return meant if meant in known else None


def hint(meant):
    """Writes what an error adds about the name that was meant."""
    return "" if meant is None else ", did you mean '%s'?" % meant


def nearest(name, candidates):
    """Returns the candidate that a name is most likely a slip of, or None."""
    name = _comparable(name)
    # Longer names may have more wrong letters.
    limit = 1 if len(name) <= 5 else 2 if len(name) <= 8 else 3
    rated = [(_distance(name, _comparable(candidate)), candidate) for candidate in candidates]
    return min(((far, it) for far, it in rated if far <= limit and far < len(name)), default=(0, None))[1]


def _comparable(name):
    """`event_types` and `eventTypes` are one name, spelt in two ways."""
    return name.replace("_", "").replace("-", "").lower()


def _distance(one, other):
    """Counts the letters that differ, were left out or added, and the neighbours that were swapped."""
    before, last = [], list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != wanted))
            swapped = row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted
            line.append(min(cost, before[column - 2] + 1) if swapped else cost)
        before, last = last, line
    return last[-1]
