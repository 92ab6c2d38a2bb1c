"""Answers the commands of gears: reads them from connections, runs the functions.

Functions run one after another on the main thread, where signals can end them and a
debugger has the terminal. Coroutines go on together on the thread of the event loop.
"""

import asyncio
import inspect
import os
import queue
import socket
import sys
import threading

from _gears_local import failure, names, stand_in, wire
from _gears_local.connection import Server
from _gears_local.deadline import Deadline, Debugger, stop_thread
from _gears_local.session import Sessions

# What a coroutine gets to end by itself when its time is up, in seconds.
GRACE = 0.2


class Process:
    """This process: what is registered in it, and what runs."""

    def __init__(self, control, settings):
        self._control = control
        self._version = settings["version"]
        self._jobs = queue.SimpleQueue()
        self._server = Server(settings["redis"])
        # Coroutines talk while the main thread may talk too.
        self._server.run_ours = self._run_inside
        self._sessions = Sessions(settings["registry"], self._server)
        self._loop = asyncio.new_event_loop()
        self._loop_thread = threading.Thread(target=self._serve_loop, name="gears-loop", daemon=True)
        self._loop_thread.start()
        self._sessions.template = names.template(
            self._server, self._sessions.builder, self._loop, self._may_wait
        )
        stand_in.answer(settings["redgrease"])
        # Whether the step that runs on the main thread may return a coroutine.
        self._waits = False
        self._deadline = Deadline()
        self._debugger = Debugger(self._notice_debugger)
        self._commands = {
            b"PING": lambda _: wire.Status("PONG"),
            b"CLIENT": lambda _: wire.Status("OK"),
            b"MODULE": lambda _: [],
            b"RG.CONFIGGET": self._config_get,
            b"RG.DUMPREGISTRATIONS": self._dump_registrations,
            b"RG.UNREGISTER": self._unregister,
        }

    def serve(self, path):
        """Listens, and runs what comes until the program that started us is gone."""
        self._sessions.restore()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        listener.listen(64)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        threading.Thread(target=self._watch_control, daemon=True).start()
        self._control.sendall(b"ready %d.%d.%d\n" % sys.version_info[:3])
        while True:
            job, done = self._jobs.get()
            try:
                job(done)
            except BaseException as error:
                done(wire.Failure(failure.text(error)))
            self._debugger.forget()

    def _watch_control(self):
        while self._control.recv(64):
            pass
        # Whoever started us is gone; nothing here is worth keeping.
        os._exit(0)

    def _notice_debugger(self, is_active):
        self._deadline.lift()
        self._control.sendall(b"debugging\n" if is_active else b"done\n")

    def _serve_loop(self):
        asyncio.set_event_loop(self._loop)
        while True:
            try:
                self._loop.run_forever()
            except BaseException as error:
                names.log("the event loop goes on after %r" % (error,), level="warning")

    def _accept(self, listener):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection):
        file = connection.makefile("rb")
        try:
            while True:
                words = wire.read(file)
                if not words or not isinstance(words, list):
                    raise EOFError
                connection.sendall(wire.reply(self._answer(words)))
        except (EOFError, OSError):
            connection.close()

    def _answer(self, words):
        """Runs a command and waits for its reply, which a client does too."""
        name = words[0].upper()
        if name in (b"RG.TRIGGER", b"RG.TRIGGERONKEY"):
            return self._wait_for(lambda done: self._trigger(words, done))
        if name == b"RG.PYEXECUTE":
            return self._wait_for(lambda done: done(self._py_execute(words)))
        command = self._commands.get(name)
        if command is None:
            return wire.Failure("GEARSLOCAL the command %s" % name.decode("utf-8", "replace"))
        return command(words)

    def _wait_for(self, job):
        box = queue.SimpleQueue()
        self._jobs.put((job, box.put))
        return box.get()

    def _run_inside(self, name, words):
        """Runs one of our commands that a function executes."""
        if name in ("RG.TRIGGER", "RG.TRIGGERONKEY"):
            registration = self._find(words)
            if registration is None:
                return wire.Failure("ERR subcommand not found")
            if registration.mode != "sync":
                return wire.Failure("ERR can not run a non-sync execution inside a MULTI/LUA")
            results = []
            for _ in _run(registration.steps, _record(words), results):
                raise failure.error("Creating async record is not allowed")
            return results
        command = self._commands.get(name.encode())
        if command is None:
            return wire.Failure("ERR can not run %s inside a function" % name)
        return command(words)

    def _may_wait(self):
        return self._waits and threading.current_thread() is threading.main_thread()

    def _find(self, words):
        return self._sessions.find(words[1].decode("utf-8", "replace")) if len(words) > 1 else None

    def _trigger(self, words, done):
        registration = self._find(words)
        if registration is None:
            return done(wire.Failure("ERR subcommand not found"))
        tell, results = done, []

        def done(answer):
            return tell(registration.note(answer))

        steps = _run(registration.steps, _record(words), results)
        seconds = (registration.timeout_ms or 0) / 1000
        try:
            self._waits = registration.mode != "sync"
            awaited = self._deadline.run(seconds, lambda: next(steps, None))
        except BaseException as error:
            return done(wire.Failure(failure.text(error)))
        finally:
            self._waits = False
        if awaited is None:
            return done(results)
        self._go_on(steps, awaited, seconds, results, done)

    def _go_on(self, steps, awaited, seconds, results, done):
        """Runs the rest of a function on the event loop."""

        async def drive():
            waiting = awaited
            while True:
                step, value = steps.send, None
                try:
                    value = await waiting
                except asyncio.CancelledError:
                    raise
                except BaseException as error:
                    step, value = steps.throw, error
                try:
                    waiting = step(value)
                except StopIteration:
                    return results

        def tell(task):
            finished.set()
            self._debugger.forget()
            try:
                done(task.result())
            except (asyncio.TimeoutError, asyncio.CancelledError) as error:
                overdue = seconds and isinstance(error, asyncio.TimeoutError)
                late = failure.forcestopped()
                done(wire.Failure(failure.text(late if overdue else error)))
            except BaseException as error:
                done(wire.Failure(failure.text(error)))

        finished = threading.Event()
        bounded = asyncio.wait_for(drive(), seconds) if seconds else drive()
        self._loop.call_soon_threadsafe(
            lambda: self._loop.create_task(bounded).add_done_callback(tell)
        )
        if seconds:

            def insist():
                # It never gave the event loop its turn.
                pause = seconds + GRACE
                while not finished.wait(pause):
                    if not self._debugger.is_active:
                        stop_thread(self._loop_thread)
                    pause = GRACE

            threading.Thread(target=insist, daemon=True).start()

    def _py_execute(self, words):
        source, options = words[1].decode(), {}
        rest = [word.decode() for word in words[2:]]
        while rest:
            option = rest.pop(0).upper()
            if option == "REQUIREMENTS":
                options["requirements"], rest = rest, []
            elif option == "UPGRADE":
                options["upgrade"] = True
            elif option in ("ID", "DESCRIPTION", "REPLACE_WITH"):
                name = {"ID": "name", "REPLACE_WITH": "replaces"}.get(option, option.lower())
                options[name] = rest.pop(0)
            else:
                return wire.Failure("GEARSLOCAL the option %s of RG.PYEXECUTE" % option)
        complaint = self._sessions.run(source, **options)
        return wire.Status("OK") if complaint is None else wire.Failure(complaint)

    def _config_get(self, words):
        known = {b"EngineVersion": self._version, b"ServesVersions": 1}
        return [
            known[word] if word in known
            else wire.Failure("(error) Unsupported config parameter: %s" % word.decode("utf-8", "replace"))
            for word in words[1:]
        ]

    def _dump_registrations(self, _words):
        return [
            [
                "id", registration.id,
                "reader", "CommandReader",
                "desc", _text(registration.description),
                "RegistrationData", [
                    "mode", registration.mode,
                    "numTriggered", registration.triggered,
                    "numSuccess", registration.succeeded,
                    "numFailures", registration.failed,
                    "numAborted", 0,
                    "lastError", _text(registration.last_error),
                    "args", self._arguments(registration),
                ],
                "PD", _text("{'sessionName':'%s', 'sessionDescription':'%s', 'registrationsList':%s}" % (
                    session.name,
                    "null" if session.description is None else session.description.replace("'", ""),
                    [other.id for other in session.registrations],
                )),
            ]
            for session, registration in self._sessions.all()
        ]

    def _arguments(self, registration):
        told = ["trigger", _text(registration.trigger), "inorder", registration.in_order]
        if registration.version is not None:
            newest = self._sessions.find(registration.trigger) is registration
            told += ["version", _text(registration.version), "newest", newest, "keep", registration.keep]
            # Nothing goes by itself here.
            told += ["idleFor", 0]
        return told

    def _unregister(self, words):
        if len(words) == 2 and self._sessions.remove(words[1].decode("utf-8", "replace")):
            return wire.Status("OK")
        return wire.Failure("execution is not registered")


def _text(text):
    # Bytes, of which nobody makes a status or an error.
    return wire.NIL if text is None else text.encode("utf-8", "replace")


def _record(words):
    """Makes the record of a call: the words after the command's name."""
    record = []
    for word in words[1:]:
        try:
            record.append(word.decode())
        except UnicodeDecodeError:
            record.append(bytearray(word))
    return record


def _run(steps, record, results, at=0):
    """Sends a record through steps; yields what has to be awaited."""
    for place in range(at, len(steps)):
        kind, function = steps[place]
        value = function(record)
        if inspect.isawaitable(value):
            value = yield value
        if kind == "filter":
            if not value:
                return
        elif kind == "flatmap" and isinstance(value, list):
            for element in value:
                yield from _run(steps, element, results, place + 1)
            return
        elif kind != "foreach":
            record = value
    results.append(record)


def run(control, settings):
    """Serves until the end."""
    try:
        Process(control, settings).serve(settings["listen"])
    except KeyboardInterrupt:
        # Ctrl-C reaches everything in the terminal.
        os._exit(130)
