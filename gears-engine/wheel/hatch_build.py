"""Puts the module into the wheel, and says for which Python and which systems the wheel is."""

import os
import re
import subprocess
import sys

from elftools.elf.elffile import ELFFile
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# What the machines of ELF files are called in the names of wheels.
MACHINES = {"x64": "x86_64", "AArch64": "aarch64"}


class ModuleHook(BuildHookInterface):
    """Takes the module that `GEARS_ENGINE` names, and the licences of its crates, `GEARS_CRATES`."""

    def initialize(self, version, build_data):
        module = os.environ.get("GEARS_ENGINE")
        if not module or not os.path.isfile(module):
            raise RuntimeError("GEARS_ENGINE names no module file to pack: `cargo xtask wheel` builds one and names it")
        python, system = (read_mach if sys.platform == "darwin" else read_elf)(module)
        build_data["pure_python"] = False
        build_data["tag"] = "{0}-{0}-{1}".format(python, system)
        crates = os.environ.get("GEARS_CRATES")
        # Tests hand their packages to nobody.
        if crates:
            build_data["force_include"][crates] = "gears_engine/crates.txt"
        build_data["force_include"][module] = "gears_engine/" + os.path.basename(module)


def read_elf(module):
    """Tells the tags of the Python that a module links, and of the systems that have all it asks of the C library."""
    with open(module, "rb") as file:
        elf = ELFFile(file)
        machine = MACHINES[elf.get_machine_arch()]
        libraries = [tag.needed for tag in elf.get_section_by_name(".dynamic").iter_tags("DT_NEEDED")]
        needs = elf.get_section_by_name(".gnu.version_r").iter_versions()
        versions = [need.name for _, auxiliaries in needs for need in auxiliaries]
    glibc = max(
        tuple(int(number) for number in version[len("GLIBC_"):].split("."))
        for version in versions
        if version.startswith("GLIBC_2.")
    )
    return python_tag(libraries), "manylinux_{}_{}_{}".format(glibc[0], glibc[1], machine)


def read_mach(module):
    """Tells the same on macOS, whose oldest system with all that is needed is 11."""
    libraries = subprocess.run(["otool", "-L", module], capture_output=True, check=True, text=True).stdout
    return python_tag(libraries.splitlines()), "macosx_11_0_" + os.uname().machine


def python_tag(libraries):
    """Finds the Python among the libraries that a module links."""
    for library in libraries:
        found = re.search(r"libpython3\.(\d+)\.|Python\.framework/Versions/3\.(\d+)/", library)
        if found:
            return "cp3" + (found.group(1) or found.group(2))
    raise RuntimeError("the module links no libpython: " + ", ".join(libraries))
