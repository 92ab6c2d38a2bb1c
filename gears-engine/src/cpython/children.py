"""Has `multiprocessing` start programs instead of copies of the server."""

import io
import types
from multiprocessing import context, reduction


def start_afresh(module, own):
    """Makes `spawn` the start method, and has it take what scripts define.

    That is the classes and functions of `module`, which cannot be imported: they are
    handed over by value. `own` are the names of the engine, which mean nothing in
    another process.
    """
    context._default_context._default_context = context._concrete_contexts["spawn"]
    refused = {id(value): name for name, value in own.items()}

    def by_value(value):
        try:
            from cloudpickle import Pickler, loads
        except ImportError:
            return NotImplemented

        class ScriptPickler(Pickler):
            def persistent_id(self, value):
                if id(value) in refused:
                    raise reduction.pickle.PicklingError(
                        f"{refused[id(value)]} is the server's, and another process cannot use "
                        "it: hand values over instead"
                    )

        file = io.BytesIO()
        ScriptPickler(file).dump(value)
        return loads, (file.getvalue(),)

    def reducer_override(self, value):
        if isinstance(value, (types.FunctionType, type)) and value.__module__ == module:
            return by_value(value)
        return NotImplemented

    reduction.ForkingPickler.reducer_override = reducer_override
