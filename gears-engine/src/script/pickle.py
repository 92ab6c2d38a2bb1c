"""Makes bytes of callbacks, and callbacks of bytes."""

import io
import pickle
import sys

# Values of these types are no identities: the same text may be anybody's.
_PLAIN = (type(None), bool, int, float, str, bytes)


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
