"""Reads the names of keys into boxes."""

from .scan import _gear_scan

# --- sent ---


def _gear_boxed_names(ask, count=1000):
    # As a KeysOnlyReader, but with an empty box first.
    def _gear_generated():
        yield []
        for key in _gear_scan(*ask(), count=count):
            yield [key]
    return _gear_generated
