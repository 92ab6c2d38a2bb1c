"""The ends of functions whose time is up."""

import ctypes
import linecache
import signal
import sys

from _gears_local.failure import forcestopped

# How often a function is told again that swallowed the exception.
INSIST = 0.02


class Deadline:
    """Ends what runs on the main thread; a signal ends a sleep as well as a loop."""

    def __init__(self):
        self._armed = False
        signal.signal(signal.SIGALRM, self._ring)

    def run(self, seconds, function):
        """Calls a function, and raises forcestopped in it after so many seconds."""
        if not seconds:
            return function()
        try:
            try:
                self._armed = True
                signal.setitimer(signal.ITIMER_REAL, seconds, INSIST)
                return function()
            finally:
                self.lift()
        except forcestopped:
            # It may have come just before the alarm was lifted.
            self.lift()
            raise

    def lift(self):
        """Gives what runs all the time it wants, as somebody who debugs it."""
        self._armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _ring(self, _signal, _frame):
        if self._armed:
            raise forcestopped


def stop_thread(thread):
    """Raises forcestopped in a thread, at its next line of Python."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident), ctypes.py_object(forcestopped)
    )


class Debugger:
    """Notices breakpoints: whoever debugs a function has no deadline."""

    def __init__(self, noticed):
        # What pdb, and what is made of it, stops with.
        import bdb

        self._noticed = noticed
        self.is_active = False
        set_trace = bdb.Bdb.set_trace

        def set_trace_and_notice(debugger, frame=None, *arguments, **options):
            self._notice()
            frame = sys._getframe().f_back if frame is None else frame
            return set_trace(debugger, frame, *arguments, **options)

        bdb.Bdb.set_trace = set_trace_and_notice
        canonic = bdb.Bdb.canonic

        def canonic_unless_lent(debugger, filename):
            # Scripts lend the lines of Rust files, under names that need not be paths from here.
            entry = linecache.cache.get(filename, ())
            is_lent = len(entry) == 4 and entry[1] is None
            return filename if is_lent else canonic(debugger, filename)

        bdb.Bdb.canonic = canonic_unless_lent

    def _notice(self):
        if not self.is_active:
            self.is_active = True
            self._noticed(True)

    def forget(self):
        """Ends the tracing of a call that is over."""
        if self.is_active:
            sys.settrace(None)
            self.is_active = False
            self._noticed(False)
