"""Whether the packages that a function asks for are there; nothing is installed here."""

import importlib.util
import os
import re
import shlex
import sys
from importlib import metadata


def of_lines(lines):
    """Returns what lines of a requirements file ask for, without blank ones and comments."""
    asked = (re.sub(r"(^|\s)#.*", "", line, flags=re.DOTALL).strip() for line in lines)
    return [requirement for requirement in asked if requirement]


def complaint(requirements, wants_redis):
    """Says what to install, or returns None when everything is there."""
    missing = [requirement for requirement in requirements if not _is_there(requirement)]
    if wants_redis and not missing and importlib.util.find_spec("redis") is None:
        # For `cmd`; a server brings it.
        missing.append("redis")
    if not missing:
        return None
    return "Could not satisfy requirements where gears run locally: %s -m pip install %s" % (
        sys.executable,
        " ".join(map(shlex.quote, missing)),
    )


def _is_there(requirement):
    parsed = _parsed(requirement)
    if parsed is None:
        name = _name(requirement)
        return name is not None and _version(name) is not None
    if parsed.marker is not None and not parsed.marker.evaluate():
        return True
    version = _version(parsed.name)
    return version is not None and parsed.specifier.contains(version, prereleases=True)


def _parsed(requirement):
    for place in "packaging", "pip._vendor.packaging":
        try:
            module = importlib.import_module(place + ".requirements")
        except ImportError:
            continue
        try:
            return module.Requirement(requirement)
        except module.InvalidRequirement:
            # A file or the address of a repository, which pip takes too.
            return None
    if not re.fullmatch(r"[\w.-]+(\[[^\]]*\])?", requirement.strip()):
        sys.stderr.write(
            "gears: the version that %r asks for is not looked at, as %s has neither `packaging` "
            "nor `pip`\n" % (requirement, sys.executable)
        )
    return None


def _name(requirement):
    egg = re.search(r"#egg=([\w.-]+)", requirement)
    if egg:
        return egg.group(1)
    if requirement.endswith((".whl", ".tar.gz", ".zip")):
        return os.path.basename(requirement).split("-")[0]
    name = re.match(r"\s*([\w.-]+)", requirement)
    return name and "/" not in requirement and name.group(1) or None


def _version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
