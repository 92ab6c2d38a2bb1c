"""Compiles the body of a `#[gear_fn]`, as a function with its name and parameters."""

import ast
import builtins

from .show import _gear_show

# --- sent ---


def _gear_function(keyword, name, parameters, source, file, line):
    # Compiled under its own file and line, so that tracebacks point into the source.
    _gear_show(source, file, line)
    tree = ast.parse('\n' * max(line - 2, 0) + '%s function(%s): pass' % (keyword, parameters))
    tree.body[0].name = name
    body = '\n' * (line - 1) + source
    tree.body[0].body = compile(body, file, 'exec', ast.PyCF_ONLY_AST).body
    names = {}
    exec(compile(tree, file, 'exec'), globals(), names)
    if not hasattr(builtins, name):
        globals().setdefault(name, names[name])
    return names[name]
