"""The commands of the package."""

import os
import sys

from gears_engine.module import module_path
from gears_engine.server import server_path
from gears_engine.trouble import Trouble

USAGE = """\
usage: python -m gears_engine                    prints the path of the module file, for `loadmodule`
       python -m gears_engine serve [-- ARGS…]   runs a server with the module in the foreground, with these arguments

environment:
  GEARS_REDIS_SERVER   the server, instead of redis-server or valkey-server on the PATH, or that of the extra [server]
"""


def main(words):
    """Does what the words say, and returns the status of the process."""
    if not words:
        print(module_path())
    elif words[0] == "serve" and words[1:2] in ([], ["--"]):
        serve(words[2:])
    elif words[0] in ("help", "--help", "-h"):
        print(USAGE, end="")
    else:
        print("gears-engine: {} is no command\n\n{}".format(" ".join(words), USAGE), end="", file=sys.stderr)
        return 2
    return 0


def serve(arguments):
    """Becomes the server, so that signals and the status are its own."""
    module, server = module_path(), server_path()
    print("gears-engine: {} with {}; Ctrl-C ends it".format(server, module), file=sys.stderr, flush=True)
    try:
        os.execv(server, [server, *arguments, "--loadmodule", module])
    except OSError as error:
        raise Trouble("cannot start {}: {}".format(server, error)) from error


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Trouble as trouble:
        sys.exit("gears-engine: {}".format(trouble))
