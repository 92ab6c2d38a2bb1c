"""Scripts and the functions that they registered, also beyond the end of this process."""

import json
import os

from _gears_local import reach, requirement
from _gears_local.builder import builder
from _gears_local.failure import Unavailable, error
from _gears_local.names import log
from _gears_local.queued import known


class Session:
    """One script that ran, and what it registered."""

    def __init__(self, name, source, description, requirements):
        self.name = name
        self.source = source
        self.description = description
        self.requirements = requirements
        self.registrations = []


class Sessions:
    """All scripts that registered something."""

    def __init__(self, path, server):
        self._server = server
        # A process that takes this one's place reads them there.
        self._path = path
        self._sessions = {}
        self._running = None
        # The sessions that the one which runs takes the place of.
        self._gone = set()
        self._count = 0
        self.template = None
        self.builder = builder(self._register)

    def run(self, source, name=None, description=None, replaces=None, upgrade=False, requirements=()):
        """Runs a script; returns what there is to complain about its requirements.

        What it registers takes the place of what its session, or the one that it replaces, had.
        """
        requirements = requirement.of_lines(requirements)
        complaint = requirement.complaint(requirements, False)
        if complaint is not None:
            return complaint
        if name is None:
            self._count += 1
            name = "local-%d" % self._count
        elif name in self._sessions and not upgrade:
            raise error("Session %s already exists" % name)
        if replaces is not None and replaces not in self._sessions:
            raise error("Can not replace %s, session does not exists" % replaces)
        session = Session(name, source, description, requirements)
        names = dict(self.template)
        gone = {name, replaces}
        self._running, self._gone = session, gone
        try:
            exec(compile(source, "<string>", "exec"), names)
        finally:
            self._running = None
        # What `cmd` needs is known when the function is there.
        function = names.get("_gear_function")
        complaint = requirement.complaint((), not reach.is_there() and self._use_cmd(session.registrations))
        if complaint is not None:
            return complaint
        if function is not None:
            # Replies of an atomic block leave as what they became.
            names["_gear_function"] = _with_known_result(function)
        for old in gone:
            self._sessions.pop(old, None)
        if session.registrations:
            self._sessions[name] = session
        self._save()
        for registration in session.registrations:
            if registration.on_registered is not None:
                registration.on_registered()
        return None

    def _use_cmd(self, registrations):
        functions = [function for registration in registrations for _, function in registration.steps]
        functions += [registration.on_registered for registration in registrations]
        return any(reach.user_of(self.template["cmd"], function) for function in functions)

    def find(self, trigger):
        """Returns the function of a trigger, or None; of several versions the newest has the plain name."""
        versions = []
        for _, registration in self.all():
            if registration.own_name == trigger:
                return registration
            if registration.shared_name == trigger:
                versions.append(registration)
        # Of those that leave the plain name to others, the first has it.
        return next((version for version in reversed(versions) if version.newest), next(iter(versions), None))

    def all(self):
        """Lists sessions with their registrations."""
        return [(session, registration) for session in self._sessions.values()
                for registration in session.registrations]

    def remove(self, identifier):
        """Takes out a registration; says whether there was one."""
        for session, registration in self.all():
            if registration.id == identifier:
                session.registrations.remove(registration)
                if not session.registrations:
                    del self._sessions[session.name]
                self._save()
                return True
        return False

    def restore(self):
        """Runs the scripts again that an earlier process ran."""
        try:
            with open(self._path) as file:
                kept = json.load(file)
        except FileNotFoundError:
            return
        for options in kept:
            try:
                self.run(**options)
            except Exception as failure:
                log("session %s is lost: %r" % (options["name"], failure), level="warning")

    def _register(self, registration):
        if self._running is None:
            raise Unavailable("registering a function while another one runs")
        if any(registration.collides(other) for other in self._running.registrations):
            raise error("trigger already registered in this session")
        there = [session for session, other in self.all() if registration.collides(other)]
        if any(session.name not in self._gone for session in there):
            raise error("trigger already registered")
        if registration.mode == "async" and self._server.shards() > 1:
            raise Unavailable("mode `async` on a cluster of several shards")
        self._count += 1
        registration.id = "0000000000000000000000000000000000000000-%d" % self._count
        self._running.registrations.append(registration)
        return registration.id

    def _save(self):
        kept = [
            dict(source=session.source, name=session.name, description=session.description,
                 requirements=session.requirements)
            for session in self._sessions.values()
        ]
        with open(self._path + ".new", "w") as file:
            json.dump(kept, file)
        os.replace(self._path + ".new", self._path)


def _with_known_result(function):
    def call(*arguments):
        value = function(*arguments)
        return _later(value) if hasattr(value, "__await__") else known(value)

    async def _later(value):
        return known(await value)

    return call
