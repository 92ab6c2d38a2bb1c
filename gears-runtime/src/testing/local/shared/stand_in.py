"""Answers to the module names of the package redgrease where it is not installed.

Scripts that import it run then as well: what its manual says that it offers inside a server is made of the names that
every script finds. Where the package is, Python finds it first.
"""

import importlib.abc
import importlib.machinery
import sys

PACKAGE = "redgrease"
# The sources of the modules by their names.
_sources = {}


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules, and makes them."""

    def find_spec(self, name, path=None, target=None):
        top, _, rest = name.partition(".")
        if top != PACKAGE or rest and not is_own(sys.modules.get(top)):
            return None
        if name not in _sources:
            raise ModuleNotFoundError(
                "this server has the names of redgrease for scripts alone, %s is not among them: add redgrease[all] to "
                "the requirements" % name,
                name=name,
            )
        return spec(name)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        # Tracebacks leave frames of `<gears…>` out.
        code = compile(_sources[module.__name__], "<gears %s>" % module.__name__, "exec")
        exec(code, module.__dict__)


_finder = _Finder()


def answer(sources):
    """Answers from now on to names of modules, behind everybody else who finds modules."""
    _sources.update(sources)
    if _finder not in sys.meta_path:
        sys.meta_path.append(_finder)


def spec(name):
    """Returns what tells that a module is one of these."""
    return importlib.machinery.ModuleSpec(name, _finder, is_package=name == PACKAGE)


def is_own(module):
    """Says whether a module is one of these, and not the package's."""
    return getattr(getattr(module, "__spec__", None), "loader", None) is _finder


def give_way():
    """Has the package be imported from now on, once it was installed."""
    if is_own(sys.modules.get(PACKAGE)) and importlib.machinery.PathFinder.find_spec(PACKAGE) is not None:
        for name in [name for name in _sources if is_own(sys.modules.get(name))]:
            del sys.modules[name]
