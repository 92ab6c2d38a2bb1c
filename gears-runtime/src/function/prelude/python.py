"""Compiles what `py!` holds, with the values that are passed into it."""

import ast

from .show import _gear_show

# --- sent ---


def _gear_python(_gear_source, _gear_file, _gear_line, _gear_beside='', **values):
    # Compiled under its own file and line, so that tracebacks point into the source.
    _gear_show(_gear_beside + _gear_source, _gear_file, _gear_line)
    # What stands before it on its line takes so much room.
    lead = ('\n' if _gear_line > 1 else '') + ' ' * len(_gear_beside.encode())
    wrapped = '(lambda %s: (%s%s\n))' % (', '.join(values), lead, _gear_source)
    tree = compile(wrapped, _gear_file, 'eval', ast.PyCF_ONLY_AST)
    ast.increment_lineno(tree, _gear_line - 1 - lead.count('\n'))
    return eval(compile(tree, _gear_file, 'eval'), globals())(**values)
