# Which packages Python has, and which versions are in use.
#
# A process has one version of a module. A version that a living holder was
# promised, or that was imported, is in use; who asks for another one is refused.
# What is not in use gives way, or has another version put before it on the path.
import email.parser
import functools
import importlib
import importlib.machinery
import importlib.metadata
import os
import site
import sys
import zipfile

import gears_stand_in

# What holders were promised: versions by names, and the environments that have them.
held = {}
# The environments on the path, by folders: what they have by names, and what they put there.
active = {}
before = os.environ.get("PYTHONPATH")


class Conflict(Exception):
    pass


def parse(requirement):
    """Returns a requirement, or None for a path, a URL, or one with hashes."""
    from pip._vendor.packaging.requirements import InvalidRequirement, Requirement

    try:
        parsed = Requirement(requirement)
    except InvalidRequirement:
        return None
    return None if parsed.url else parsed


def canonical(name):
    from pip._vendor.packaging.utils import canonicalize_name

    return canonicalize_name(name)


def installed(name):
    try:
        return importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def module_of(file):
    """Returns the module that a file of a distribution is, or None."""
    ending = next((ending for ending in importlib.machinery.all_suffixes() if file.name.endswith(ending)), None)
    if ending is None or ".." in file.parts:
        return None
    parts = [*file.parts[:-1], file.name.split(".", 1)[0]]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.lru_cache(maxsize=4096)
def modules_of(folder, name, version):
    """Returns the modules that a distribution has."""
    distribution = next(iter(importlib.metadata.distributions(name=name, path=[folder])), None)
    modules = {module_of(file) for file in (distribution and distribution.files) or ()} - {None}
    if not modules and distribution:
        modules.update((distribution.read_text("top_level.txt") or "").split())
    return frozenset(modules)


def is_imported(distribution):
    modules = modules_of(str(distribution.locate_file("")), distribution.metadata["Name"], distribution.version)
    return any(module in sys.modules and not gears_stand_in.is_own(sys.modules[module]) for module in modules)


def refuse_if_imported_from_elsewhere(name, distribution):
    """Refuses a distribution whose modules Python has from another file, which no distribution in use brought."""
    for file in distribution.files or ():
        module = module_of(file)
        if not file.name.endswith(".py") or module is None or module.split(".")[0] in sys.stdlib_module_names:
            continue
        imported = getattr(sys.modules.get(module), "__file__", None)
        own = distribution.locate_file(file)
        # Distributions may share a file, as those of one namespace do.
        if imported and not same(imported, own):
            raise Conflict(
                f"{name} {distribution.version} is asked for, but this server imported its module {module} already "
                f"from {imported}, and a process has one module of a name: restart the server without what imports it"
            )


def same(one, other):
    try:
        return os.path.samefile(one, other) or open(one, "rb").read() == open(other, "rb").read()
    except OSError:
        return False


def is_used(folder):
    """Says whether an environment has to stay: somebody holds it, or parts of it may be imported late."""
    return any(folder in folders for _, folders in held.values()) or any(map(is_imported, active[folder][0].values()))


def version_in_use(name):
    for versions, _ in held.values():
        if name in versions:
            return versions[name]
    for folder, (distributions, _) in active.items():
        if name in distributions and is_used(folder):
            return distributions[name].version
    distribution = installed(name)
    if distribution is not None and is_imported(distribution):
        return distribution.version
    return None


def hold(holder, versions, folders):
    if holder is not None:
        mine = held.setdefault(holder, ({}, set()))
        mine[0].update(versions)
        mine[1].update(folders)


def release(holders):
    for holder in holders:
        held.pop(holder, None)


def conflict(name, wanted, have):
    return Conflict(
        f"{name} {wanted} is asked for, but this server uses {name} {have} already, and a process has one "
        f"version of a package: ask for {name}=={have}, or restart the server without what uses it"
    )


def satisfied(requirements):
    """Returns what these need, by names, or None when something is missing."""
    found = {}
    waiting = [(parse(requirement), True) for requirement in requirements]
    seen = set()
    while waiting:
        requirement, asked = waiting.pop()
        if requirement is None:
            return None
        extras = requirement.extras or {""}
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        name = canonical(requirement.name)
        distribution = installed(name)
        if distribution is not None and not requirement.specifier.contains(distribution.version, prereleases=True):
            # What nobody uses must not hide what Python brings.
            make_way(name, requirement.specifier)
            distribution = installed(name)
        fits = distribution is not None and requirement.specifier.contains(distribution.version, prereleases=True)
        if not fits:
            have = version_in_use(name)
            if have is not None and asked:
                raise conflict(name, str(requirement.specifier) or "of any version", have)
            return None
        found[name] = distribution
        for needed in distribution.requires or ():
            needed = parse(needed)
            if needed is not None and applies(needed, extras):
                needed.marker = None
                waiting.append((needed, False))
    return found


def applies(requirement, extras):
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras)


def environment_of(distribution):
    """Returns the active environment that has this, or None."""
    folder = str(distribution.locate_file(""))
    return next((name for name in active if folder == name), None)


def use_satisfied(requirements, holder):
    """Holds what these need; returns the environments that have it, or None when something is missing."""
    found = satisfied(requirements)
    if found is None:
        return None
    folders = {folder for folder in map(environment_of, found.values()) if folder}
    hold(holder, {name: distribution.version for name, distribution in found.items()}, folders)
    return sorted(folders)


def describe(wheel):
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA") and name.count("/") == 1)
        data = email.parser.BytesParser().parsebytes(archive.read(name))
    return canonical(data["Name"]), data["Version"], data.get_all("Requires-Dist") or []


def choose(requirements, wheels, force, holder):
    """Returns the wheels that an environment has to have, and the environments that have the rest."""
    described = [(wheel, *describe(wheel)) for wheel in wheels]
    asked = [parse(requirement) for requirement in requirements]
    extras = {""}.union(*(requirement.extras for requirement in asked if requirement))
    needed = [parse(text) for _, _, _, texts in described for text in texts]
    specifiers = {}
    for requirement in asked + [each for each in needed if each and applies(each, extras)]:
        if requirement is not None:
            specifiers.setdefault(canonical(requirement.name), []).append(requirement.specifier)
    chosen, also = [], set()
    for wheel, name, version, _ in described:
        have = version_in_use(name)
        there = installed(name)
        if there is not None and there.version != version:
            # Files without a name in a requirement are asked for as they are.
            specified = specifiers.get(name, [])
            fits = specified and all(each.contains(there.version, prereleases=True) for each in specified)
            if fits and not (force and have is None):
                folder = environment_of(there)
                also.add(folder)
                hold(holder, {name: there.version}, {folder} - {None})
                continue
        if have is not None and have != version:
            raise conflict(name, version, have)
        chosen.append(wheel)
    return chosen, sorted(folder for folder in also if folder)


def activate(folders, holder):
    """Puts an environment, with those that it needs, before Python's own packages, and holds them."""
    folders = [os.fspath(folder) for folder in folders]
    there = {}
    versions = {}
    for each in folders:
        distributions = importlib.metadata.distributions(path=[each])
        there[each] = {canonical(distribution.metadata["Name"]): distribution for distribution in distributions}
        for name, distribution in there[each].items():
            have = version_in_use(name)
            if have is not None and have != distribution.version:
                raise conflict(name, distribution.version, have)
            if have is None:
                refuse_if_imported_from_elsewhere(name, distribution)
            versions[name] = distribution.version
    from pip._vendor.packaging.specifiers import SpecifierSet

    for name, version in versions.items():
        make_way(name, SpecifierSet(f"==={version}"))
    for each in folders:
        if each not in active:
            paths = list(sys.path)
            own = (at for at, place in enumerate(sys.path) if place.endswith(("site-packages", "dist-packages")))
            sys.path.insert(next(own, len(sys.path)), each)
            site.addsitedir(each)
            active[each] = there[each], [place for place in sys.path if place not in paths]
    hold(holder, versions, folders)
    note_path()


def make_way(name, specifier):
    """Takes environments off the path that nobody uses and that have other versions of a package."""
    for folder, (distributions, _) in list(active.items()):
        distribution = distributions.get(name)
        if distribution is not None and not specifier.contains(distribution.version, prereleases=True):
            take_off_unless_used(folder)


def take_off_unused():
    for folder in list(active):
        take_off_unless_used(folder)


def take_off_unless_used(folder):
    if not is_used(folder):
        _, places = active.pop(folder)
        sys.path[:] = [place for place in sys.path if place not in places]
        note_path()


def note_path():
    importlib.invalidate_caches()
    gears_stand_in.give_way()
    # What Python starts sees them too; they contradict each other nowhere.
    os.environ["PYTHONPATH"] = os.pathsep.join([*active, *([before] if before else [])])
