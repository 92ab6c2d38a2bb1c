"""Compiles text as a function of its own file and line, and lends the lines to tracebacks: the file is not on the server.

Gears of one file share its entry. Without a modification time, `linecache` does not look for the file.
"""

import ast
import linecache

# --- sent ---


def _gear_compile(name, file, line, head, body):
    # Under its own file and line, so that tracebacks point into the source.
    tree = ast.parse('\n' * max(line - 2, 0) + head)
    tree.body[0].name = name
    tree.body[0].body = ast.parse('\n' * (line - 1) + body, file).body or tree.body[0].body
    names = {}
    exec(compile(tree, file, 'exec'), globals(), names)
    lines = body.split('\n')
    entry = linecache.cache.get(file, ())
    shown = entry[2] if len(entry) == 4 and entry[1] is None else []
    shown.extend(['\n'] * (line - 1 + len(lines) - len(shown)))
    shown[line - 1:line - 1 + len(lines)] = [text + '\n' for text in lines]
    linecache.cache[file] = (sum(map(len, shown)), None, shown, file)
    return names[name]
