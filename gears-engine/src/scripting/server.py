"""What functions of the server find under the name `server`, as those in Lua do."""

import ast
import gc
import hashlib
import sys
import time
import types
import weakref

# What a constant, a name or a cell of a function may hold.
_PLAIN = (bool, bytes, complex, float, frozenset, int, str, tuple, type(None))


class StatusReply(str):
    """A status such as `OK`, which is a text that goes to clients as a status."""

    __slots__ = ()

    def __repr__(self):
        return f"server.status_reply({str(self)!r})"


def make(call, error, error_reply, log, **natives):
    """Makes the object: what is the engine's own is given, the rest is put together here."""

    def pcall(*words):
        """Runs a command and returns its answer, or its error instead of raising it."""
        try:
            return call(*words)
        except error as failed:
            return error_reply(f"-{failed}")

    def write(level, *messages):
        """Writes a line to the server's log."""
        if not messages:
            raise TypeError("server.log() requires two arguments or more.")
        log(level, " ".join(map(str, messages)))

    def sha1hex(value):
        """Returns the SHA-1 digest of a text or of bytes, in hexadecimal digits."""
        value = value.encode() if isinstance(value, str) else bytes(value)
        return hashlib.sha1(value, usedforsecurity=False).hexdigest()

    return types.SimpleNamespace(
        call=call,
        pcall=pcall,
        error=error,
        error_reply=error_reply,
        status_reply=StatusReply,
        StatusReply=StatusReply,
        log=write,
        sha1hex=sha1hex,
        LOG_DEBUG=0,
        LOG_VERBOSE=1,
        LOG_NOTICE=2,
        LOG_WARNING=3,
        REPL_NONE=0,
        REPL_AOF=1,
        REPL_SLAVE=2,
        REPL_REPLICA=2,
        REPL_ALL=3,
        **natives,
    )


def compile_script(source):
    """Compiles the source of a script to the code of a function without parameters, so that it
    can return."""
    tree = ast.parse(source, "user_script")
    place = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    function = ast.FunctionDef(
        name="user_script",
        args=nothing,
        body=tree.body or [ast.Pass(**place)],
        decorator_list=[],
        returns=None,
        **({"type_params": []} if sys.version_info >= (3, 12) else {}),
        **place,
    )
    module = ast.Module(body=[function], type_ignores=[])
    code = compile(module, "user_script", "exec", dont_inherit=True)
    return next(part for part in code.co_consts if isinstance(part, types.CodeType))


class _Garbage:
    """Something that holds itself."""

    def __init__(self):
        self.itself = self


def collect():
    """Frees what only holds itself.

    While another thread does so, asking for it does nothing: what is put down here tells."""
    told = weakref.ref(_Garbage())
    for _ in range(100):
        gc.collect()
        if told() is None:
            return
        time.sleep(0.01)


def size_of(function):
    """Says how many bytes a function takes: its code, constants, defaults and cells."""
    seen, todo, size = set(), [function], 0
    while todo:
        part = todo.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, types.FunctionType):
            size += sys.getsizeof(part)
            todo += [part.__code__, part.__defaults__, part.__kwdefaults__]
            todo += [cell.cell_contents for cell in part.__closure__ or () if _is_full(cell)]
        elif isinstance(part, types.MethodType):
            todo.append(part.__func__)
        elif isinstance(part, types.CodeType):
            size += sys.getsizeof(part)
            todo += [part.co_consts, part.co_names, part.co_varnames]
        elif type(part) in _PLAIN:
            size += sys.getsizeof(part)
            if isinstance(part, (tuple, frozenset)):
                todo += part
    return size


def _is_full(cell):
    """Says whether a cell holds anything yet."""
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
