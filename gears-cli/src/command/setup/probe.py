"""Tells what `gears setup` has to know of a Python, a fact in each line."""

import os
import sys
import sysconfig


def has(name):
    try:
        __import__(name)
    except ImportError:
        return 0
    return 1


def library(version):
    """Finds the shared library, where the engine's package looks for it; a framework needs none."""
    if sys.platform == "darwin":
        return sysconfig.get_config_var("PYTHONFRAMEWORK") or sysconfig.get_config_var("LDLIBRARY") or ""
    name = "libpython{}.so.1.0".format(version)
    folders = [sysconfig.get_config_var("LIBDIR"), os.path.join(sys.base_prefix, "lib")]
    paths = [os.path.join(folder, name) for folder in folders if folder]
    return next((path for path in paths if os.path.exists(path)), "")


facts = {
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "implementation": sys.implementation.name,
    "major": sys.version_info[0],
    "minor": sys.version_info[1],
    "micro": sys.version_info[2],
    "library": library("{}.{}".format(*sys.version_info[:2])),
    "free_threaded": sysconfig.get_config_var("Py_GIL_DISABLED") or 0,
    "pip": has("venv") * has("ensurepip"),
}
for name, value in facts.items():
    print("{}={}".format(name, value))
