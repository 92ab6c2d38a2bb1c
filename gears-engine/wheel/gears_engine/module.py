"""Where the module is, and how it finds this Python."""

import os
import sys
import sysconfig
from pathlib import Path

from gears_engine.trouble import Trouble

VERSION = "{}.{}".format(*sys.version_info[:2])

NO_LIBRARY = """\
this Python, {executable}, has no shared library: the server would run Python from {library}, which is not in {folders}
  Debian, Ubuntu   apt-get install libpython{version}
  Fedora           dnf install python3-libs
  pyenv            PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install --force {version}
  uv               has it: uv venv --python {version} --managed-python"""

NOT_WRITABLE = """\
cannot link this Python beside the module, for the server to find it: {error}
run `{executable} -m gears_engine` once as the user who owns {folder}"""


def module_path():
    """Returns the path of the module file, for ``loadmodule``.

    Beside it stand links to this Python and to its library then: the module's run path leads there, and the engine
    runs with the packages of the environment whose Python that is. They outlast upgrades of this package.

    :raises Trouble: when this Python has no shared library, or the links cannot be made.
    """
    folder = Path(__file__).resolve().parent
    module = find_module(folder)
    links = {"python" + VERSION: sys.executable}
    # There the module names its library by a path.
    if sys.platform != "darwin":
        library = find_library()
        links[library.name] = str(library)
    try:
        for name, target in links.items():
            link(folder / name, target)
    except OSError as error:
        told = NOT_WRITABLE.format(error=error, executable=sys.executable, folder=folder)
        raise Trouble(told) from error
    return str(module)


def find_module(folder):
    """Finds the module file in the folder of this package."""
    for name in ("libgears_engine.so", "libgears_engine.dylib"):
        if (folder / name).is_file():
            return folder / name
    raise Trouble("there is no module in {}: pip install --force-reinstall gears-engine".format(folder))


def find_library():
    """Finds the library of this Python."""
    name = "libpython{}.so.1.0".format(VERSION)
    asked = [sysconfig.get_config_var("LIBDIR"), os.path.join(sys.base_prefix, "lib")]
    folders = list(dict.fromkeys(folder for folder in asked if folder))
    for folder in folders:
        if os.path.exists(os.path.join(folder, name)):
            return Path(folder, name)
    told = {"executable": sys.executable, "library": name, "folders": " or ".join(folders), "version": VERSION}
    raise Trouble(NO_LIBRARY.format(**told))


def link(path, target):
    """Makes a link that names this, in one step, for others may make it as well."""
    if os.path.islink(path) and os.readlink(path) == target:
        return
    fresh = "{}.{}".format(path, os.getpid())
    os.symlink(target, fresh)
    os.replace(fresh, path)
