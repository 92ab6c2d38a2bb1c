"""Makes bytes of callbacks, and callbacks of bytes."""

import dis
import io
import pickle
import sys
import types

from gears_reach import codes

# Values of these types are no identities: the same text may be anybody's.
_PLAIN = (type(None), bool, int, float, str, bytes)
# What is said of a variable that is a default.
_DEFAULT = "default of"
# What binds the others that a function takes along.
_BINDS = {"global": ("STORE_NAME", "STORE_GLOBAL"), "variable": ("STORE_DEREF",)}


class Pickles:
    """Pickles the callbacks of a script together.

    What the engine gives to scripts is named instead of pickled, so that
    unpickled callbacks use the names of the process they are in.
    """

    def __init__(self, template, module):
        # Imported here: without cloudpickle callbacks cannot be pickled.
        from cloudpickle import Pickler

        self._template = template
        self._named = {f"redisgears.{name}": value for name, value in vars(module).items()}
        self._named.update(template)
        names = {
            id(value): name
            for name, value in self._named.items()
            if not isinstance(value, _PLAIN)
        }
        named = self._named

        class CallbackPickler(Pickler):
            def persistent_id(self, value):
                return names.get(id(value))

        class CallbackUnpickler(pickle.Unpickler):
            def persistent_load(self, name):
                try:
                    return named[name]
                except KeyError:
                    raise pickle.UnpicklingError(
                        f"this engine has no name {name}"
                    ) from None

        self._pickler = CallbackPickler
        self._unpickler = CallbackUnpickler

    def dumps(self, callbacks):
        file = io.BytesIO()
        self._pickler(file, protocol=pickle.HIGHEST_PROTOCOL).dump(callbacks)
        return file.getvalue()

    def culprit(self, callback):
        """Says which variable keeps a callback from being pickled, where it is made, and what to do; or nothing."""
        found = self._culprit(callback, set())
        if found is None:
            return None
        kind, name, value, function = found
        place = _place(kind, name, function)
        where = "" if place is None else ' (File "%s", line %d)' % place
        return (
            f"the {kind} `{name}`{where} is of type {_type_of(value)} and cannot be stored with the function "
            f"{function.__name__}: make it where it is used first, or in a function that is given as onRegistered"
        )

    def _culprit(self, function, seen):
        if not isinstance(function, types.FunctionType) or id(function) in seen:
            return None
        seen.add(id(function))
        for kind, name, value in _variables(function):
            if not self._can_be_pickled(value):
                return self._culprit(value, seen) or (kind, name, value, function)
        return None

    def _can_be_pickled(self, value):
        try:
            self.dumps([value])
        except Exception:
            return False
        return True

    def loads(self, pickled):
        callbacks = self._unpickler(io.BytesIO(pickled)).load()
        if not isinstance(callbacks, list):
            raise pickle.UnpicklingError("what was pickled is no list of callbacks")
        # A pickle holds the globals that the callbacks name; code that looks
        # names up in other ways finds those that every script has.
        for callback in callbacks:
            names = getattr(callback, "__globals__", None)
            if names is None:
                continue
            module = sys.modules.get(names.get("__name__"))
            if module is None or vars(module) is not names:
                for name, value in self._template.items():
                    names.setdefault(name, value)
        return callbacks


def _variables(function):
    """Returns what a function takes along: globals that it names, variables of functions around it, and defaults."""
    names = {name for code in codes(function.__code__) for name in code.co_names}
    for name, value in function.__globals__.items():
        if name in names:
            yield "global", name, value
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            yield "variable", name, cell.cell_contents
        except ValueError:
            pass  # It is bound later.
    positional = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = function.__defaults__ or ()
    named = dict(zip(positional[len(positional) - len(defaults) :], defaults), **function.__kwdefaults__ or {})
    yield from ((_DEFAULT, name, value) for name, value in named.items())


def _place(kind, name, function):
    """Returns the file and line of the script that runs at which a variable of a function is bound; or nothing."""
    if kind == _DEFAULT:
        return function.__code__.co_filename, function.__code__.co_firstlineno
    frame = sys._getframe()
    while frame is not None and (frame.f_code.co_name != "<module>" or frame.f_globals is not function.__globals__):
        frame = frame.f_back
    for code in codes(frame.f_code) if frame is not None else ():
        bound = [line for line, opname in _bindings(code, name) if opname in _BINDS[kind]]
        if code is frame.f_code:
            # What comes later has not been run.
            bound = [line for line in bound if line <= frame.f_lineno]
        if bound:
            return code.co_filename, bound[-1]
    return None


def _bindings(code, name):
    """Returns the lines at which code binds a name, and by which instructions."""
    line = code.co_firstlineno
    for instruction in dis.get_instructions(code):
        line = _line(instruction) or line
        if instruction.argval == name:
            yield line, instruction.opname


def _line(instruction):
    """Returns the line that an instruction is of, if it tells."""
    return instruction.line_number if sys.version_info >= (3, 13) else instruction.starts_line


def _type_of(value):
    kind = type(value)
    of_module = kind.__module__ in sys.modules and kind.__module__ != "builtins"
    return f"{kind.__module__}.{kind.__qualname__}" if of_module else kind.__qualname__
