"""Lends the lines of a piece of Python to tracebacks, under the place where it is written in Rust."""

import linecache

# --- sent ---


def _gear_show(source, file, line):
    # Lends the lines to tracebacks: the file is not on the server.
    lines = source.split('\n')
    entry = linecache.cache.get(file, ())
    shown = entry[2] if len(entry) == 4 and entry[1] is None else []
    shown.extend(['\n'] * (line - 1 + len(lines) - len(shown)))
    if shown[line - 1].startswith(lines[0] + ' \u2026 '):
        # Something stands to the right of it.
        lines[0] = shown[line - 1].rstrip('\n')
    shown[line - 1:line - 1 + len(lines)] = [text + '\n' for text in lines]
    linecache.cache[file] = (sum(map(len, shown)), None, shown, file)
