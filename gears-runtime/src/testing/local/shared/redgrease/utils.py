"""Helpers for values (chapter 13 of the manual)."""

import functools
import types
from collections.abc import Container


class CaseInsensitiveDict(dict):
    """A dict whose keys are texts of either case."""

    def __init__(self, data):
        dict.__init__(self, ((key.upper(), value) for key, value in dict(data).items()))

    def __contains__(self, key):
        return dict.__contains__(self, key.upper())

    def __getitem__(self, key):
        return dict.__getitem__(self, key.upper())

    def __setitem__(self, key, value):
        dict.__setitem__(self, key.upper(), value)

    def __delitem__(self, key):
        dict.__delitem__(self, key.upper())

    def get(self, k, default=None):
        return dict.get(self, k.upper(), default)

    def update(self, data=(), **more):
        dict.update(self, CaseInsensitiveDict(dict(data, **more)))


def as_is(value):
    """Returns the value."""
    return value


def str_if_bytes(value):
    """Makes text of bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def safe_str(value):
    """Makes text of anything; `None` is an empty one."""
    return "" if value is None else str(str_if_bytes(value))


def safe_str_upper(value):
    """Makes text in capitals of anything."""
    return safe_str(value).upper()


def bool_ok(value):
    """Says whether a reply is OK, in any case."""
    # What is long is no reply of that kind, and is not worth a copy.
    return isinstance(value, (str, bytes)) and len(value) == 2 and safe_str_upper(value) == "OK"


def optional(constructor):
    """Makes a parser that lets `None` through."""
    return lambda value: None if value is None else constructor(value)


def safe_bool(input):
    """Reads a truth value: numbers, and `true`, `yes`, `y`, `ok` and `1` in any case."""
    if isinstance(input, (bool, int)):
        return bool(input)
    return safe_str(input).lower() in ("true", "yes", "y", "ok", "1")


def to_int_if_bool(value):
    """Makes 1 and 0 of truth values."""
    return int(value) if isinstance(value, bool) else value


def to_bytes(value):
    """Makes bytes of anything."""
    if isinstance(value, (bytes, bytearray)) or hasattr(type(value), "__bytes__"):
        return bytes(value)
    return safe_str(value).encode()


def to_redis_type(value):
    """Makes bytes or a number of anything."""
    value = to_int_if_bool(value)
    return value if isinstance(value, (int, float)) else to_bytes(value)


def to_list(mapping, key_transform=str_if_bytes, val_transform=to_redis_type):
    """Puts keys and values one after the other."""
    flat = []
    for key, value in (mapping or {}).items():
        flat += [key_transform(key), val_transform(value)]
    return flat


def transform(value, constructor, key=None):
    """Applies a function, or the one of a dict that belongs to the key (or else to `None`)."""
    if isinstance(constructor, dict):
        constructor = constructor.get(key, constructor.get(None))
    return value if constructor is None else constructor(value)


def to_dict(items, keys=None, key_transform=None, val_transform=None):
    """Makes a dict of keys and values that stand one after the other, or of values for `keys`."""
    items = iter(items)
    pairs = zip(items, items) if keys is None else zip(keys, items)
    made = {}
    for key, value in pairs:
        key = transform(key, key_transform, key)
        made[key] = transform(value, val_transform, key)
    return made


def to_kwargs(items):
    """Makes a dict, as `to_dict`, whose keys are texts."""
    return to_dict(items, key_transform=safe_str)


def list_parser(item_parser):
    """Makes a parser of lists."""
    return lambda items: [item_parser(item) for item in items]


def dict_of(constructors):
    """Makes a parser of values, each with the parser that belongs to its name."""
    return lambda values, keys: to_dict(values, keys=keys, val_transform=constructors)


class Record:
    """A record of a KeysReader."""

    def __init__(self, key, value=None, type="", event="", **kwargs):
        self.key = safe_str(key)
        self.value = value
        self.type = safe_str(type)
        self.event = safe_str(event)
        self.kwargs = kwargs


class StreamRecord:
    """A record of a StreamReader."""

    def __init__(self, key, id=None, value=None, **kwargs):
        self.key = safe_str(key)
        self.id = id
        self.value = value
        self.kwargs = kwargs


def record(rec):
    """Makes a Record of a dict, or of a key alone."""
    return Record(**rec) if isinstance(rec, dict) else Record(rec)


def stream_record(rec):
    """Makes a StreamRecord of a dict, or of a key alone."""
    return StreamRecord(**rec) if isinstance(rec, dict) else StreamRecord(rec)


def compose(*function):
    """Makes `lambda x: f(g(x))` of `f, g`."""
    return functools.reduce(lambda f, g: lambda value: f(g(value)), function, as_is)


def dict_filter(**kwargs):
    """Makes a condition on dicts: each name is there, with a value that is among, of, or equal to the one given."""

    def fits(value, wanted):
        if wanted is ...:
            return True
        if isinstance(wanted, type):
            return isinstance(value, wanted)
        if isinstance(wanted, Container) and not isinstance(wanted, str):
            return value in wanted
        return value == wanted

    return lambda given: all(name in given and fits(given[name], wanted) for name, wanted in kwargs.items())


def passfun(fun=None, default=None):
    """Makes a function of anything that can be called, of a constant, or of nothing: that one returns what it gets."""
    if isinstance(fun, types.FunctionType):
        return fun
    if callable(fun):
        return lambda *arguments, **options: fun(*arguments, **options)
    if callable(default):
        return passfun(default)
    if fun is None and default is None:
        return lambda value: value
    constant = default if fun is None else fun
    return lambda *_, **__: constant


def as_function(operation):
    """Makes of what an operation was given the function that the server takes, under its own name."""
    function = passfun(operation)
    name = getattr(operation, "__name__", None)
    if function is not operation and isinstance(name, str):
        function.__name__ = name
    return function


# What is stored of a function is to hold what follows, not its name: where the package itself is installed later, it
# has no such name. So they are made inside of functions.


def _made_reply():
    def as_reply(value):
        """Makes of a result what a client gets: text and numbers as they are, all else as the package sends it."""
        import pickle

        if isinstance(value, str):
            # As bytes: servers make statuses and errors of texts that begin with + and -.
            return value.encode("utf-8", "surrogateescape")
        if isinstance(value, (bytes, bytearray)):
            return bytes(value)
        if type(value) is int and -(1 << 63) <= value < 1 << 63:
            return value
        if isinstance(value, (bool, int, float)):
            return str(value).encode()
        try:
            return pickle.dumps(value, protocol=4)
        except Exception:
            return str(value).encode("utf-8", "surrogateescape")

    return as_reply


def _made_hash():
    def stable_hash(record):
        """Makes a number of a record, the same on all shards."""
        import hashlib

        return int.from_bytes(hashlib.blake2b(repr(record).encode("utf-8", "replace"), digest_size=8).digest(), "big")

    return stable_hash


as_reply = _made_reply()
stable_hash = _made_hash()
