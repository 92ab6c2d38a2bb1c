# Which packages Python has, and which versions are in use.
#
# A process has one version of a module. A version that a script was promised or
# that was imported is in use until the server ends; who asks for another one is
# refused. What is not in use may be put before it on the path.
import email.parser
import importlib
import importlib.metadata
import os
import site
import sys
import zipfile

ALSO = "gears-also.txt"
in_use = {}
active = []
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


def is_imported(distribution):
    names = (distribution.read_text("top_level.txt") or "").split()
    if not names:
        firsts = {str(file).split("/", 1)[0] for file in distribution.files or ()}
        names = [first[:-3] if first.endswith(".py") else first for first in firsts if not first.endswith("-info")]
    return any(name in sys.modules for name in names)


def version_in_use(name):
    if name in in_use:
        return in_use[name]
    distribution = installed(name)
    if distribution is not None and is_imported(distribution):
        return distribution.version
    return None


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
    return next((name for name in active if os.path.abspath(folder) == name), None)


def use_satisfied(requirements):
    """Holds on to what these need; returns whether all is there, and the environments that have it."""
    found = satisfied(requirements)
    if found is None:
        return None
    for name, distribution in found.items():
        in_use[name] = distribution.version
    return sorted({folder for folder in map(environment_of, found.values()) if folder})


def describe(wheel):
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA") and name.count("/") == 1)
        data = email.parser.BytesParser().parsebytes(archive.read(name))
    return canonical(data["Name"]), data["Version"], data.get_all("Requires-Dist") or []


def choose(requirements, wheels, force):
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
                in_use[name] = there.version
                also.add(environment_of(there))
                continue
        if have is not None and have != version:
            raise conflict(name, version, have)
        chosen.append(wheel)
    return chosen, sorted(folder for folder in also if folder)


def activate(folder):
    """Puts an environment, with those that it needs, before Python's own packages."""
    folder = os.path.abspath(folder)
    folders = [folder]
    try:
        with open(os.path.join(folder, ALSO)) as lines:
            # Environments of one place, which may have been moved as a whole.
            folders += [os.path.join(os.path.dirname(folder), line.strip()) for line in lines if line.strip()]
    except FileNotFoundError:
        pass
    if not all(map(os.path.isdir, folders)):
        return False
    versions = {}
    for each in folders:
        for distribution in importlib.metadata.distributions(path=[each]):
            name = canonical(distribution.metadata["Name"])
            have = version_in_use(name)
            if have is not None and have != distribution.version:
                raise conflict(name, distribution.version, have)
            versions[name] = distribution.version
    in_use.update(versions)
    for each in folders:
        if each not in active:
            active.append(each)
            own = (at for at, place in enumerate(sys.path) if place.endswith(("site-packages", "dist-packages")))
            sys.path.insert(next(own, len(sys.path)), each)
            site.addsitedir(each)
    importlib.invalidate_caches()
    # What Python starts sees them too; they contradict each other nowhere.
    os.environ["PYTHONPATH"] = os.pathsep.join(active + ([before] if before else []))
    return True
