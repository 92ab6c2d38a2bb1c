"""Whether functions of scripts use `cmd`, and what that needs, before they are called."""

import dis
import functools
import importlib.util
import itertools
import sys
import types

PACKAGE = "redis"

# What a collection has beyond these is not looked at, nor what is found beyond those: scripts may hold millions.
_MOST = 1_000
_MOST_IN_ALL = 100_000


# Where the package was found: to look for it takes longer than to register a function.
_found_on = None


def is_there():
    """Says whether the package is."""
    global _found_on
    if PACKAGE in sys.modules or _found_on == sys.path:
        return True
    if importlib.util.find_spec(PACKAGE) is None:
        return False
    _found_on = list(sys.path)
    return True


def complaint(functions, cmd):
    """Returns why functions cannot be called, as they use `cmd` without its package, or None."""
    if is_there():
        return None
    user = next(filter(None, (user_of(cmd, function) for function in functions)), None)
    if user is None:
        return None
    return "the function %s uses `cmd`, which needs the Python package %s%s" % (user, PACKAGE, cmd._missing)


def user_of(wanted, function):
    """Returns the name of the function that names an object, of all that a script's function may call, or None."""
    seen, waiting = set(), [(function, None)]
    while waiting and len(seen) < _MOST_IN_ALL:
        value, user = waiting.pop()
        if value is wanted:
            return user
        if id(value) in seen:
            continue
        seen.add(id(value))
        if type(value) is types.FunctionType:
            user = value.__name__
            held = _named_by(value, wanted)
        else:
            held = _held_by(value)
        waiting += [(each, user) for each in held]
    return None


def _held_by(value):
    """Returns what a value that is no function holds, as far as scripts make such; of collections the first."""
    # Not by isinstance: a proxy says of itself what it likes.
    kind = type(value)
    if kind is types.MethodType:
        return [value.__func__, value.__self__]
    if kind in (staticmethod, classmethod):
        return [value.__func__]
    if kind is property:
        return [value.fget, value.fset, value.fdel]
    if kind is functools.cached_property:
        return [value.func]
    if kind is dict:
        return list(itertools.islice(value.values(), _MOST))
    if kind in (list, tuple, set, frozenset):
        return list(itertools.islice(value, _MOST))
    if issubclass(kind, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if issubclass(kind, type):
        return [] if _is_of_module(value.__module__) else [*vars(value).values(), *value.__bases__]
    if _is_of_module(kind.__module__):
        return []
    try:
        return [kind, *object.__getattribute__(value, "__dict__").values()]
    except Exception:
        return [kind]


def _named_by(function, wanted):
    """Returns what a function holds, and what it finds by the names of its script, or in modules that have `wanted`."""
    found = list(function.__defaults__ or ())
    found += (function.__kwdefaults__ or {}).values()
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:
            pass  # It is bound later.
    names = function.__globals__
    if _is_of_module(names.get("__name__"), names):
        return found
    modules, attributes = [], set()
    for code in codes(function.__code__):
        for instruction in dis.get_instructions(code):
            name = instruction.argval
            if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                found.append(names.get(name))
            elif instruction.opname == "IMPORT_NAME":
                modules.append(_imported(name))
            elif instruction.opname in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM"):
                attributes.add(name)
    modules += [value for value in found if issubclass(type(value), types.ModuleType)]
    held = {name for module in modules for name, value in getattr(module, "__dict__", {}).items() if value is wanted}
    return found + [wanted] * (not held.isdisjoint(attributes))


def _imported(name):
    """Returns a module that has been imported, or that has names of scripts."""
    if name.partition(".")[0] == "redgrease":
        try:
            return importlib.import_module(name)
        except Exception:
            return None  # That is for the function to tell.
    return sys.modules.get(name)


def codes(code):
    """Returns the code of a function, and that of the functions inside it."""
    codes = [code]
    for each in codes:
        codes += [value for value in each.co_consts if isinstance(value, types.CodeType)]
    return codes


def _is_of_module(name, names=None):
    """Says whether names are those of a module that can be imported, which no script has written."""
    module = sys.modules.get(name)
    return module is not None and (names is None or vars(module) is names)
