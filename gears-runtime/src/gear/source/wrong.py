"""Says which argument is not what its parameter takes."""

from . import _gear_signature

# --- sent ---


def _gear_wrong(name, takes, word):
    shown = repr(word if type(word) is str else bytes(word))
    shown = shown if len(shown) <= 100 else shown[:100] + '...'
    return ValueError('the parameter %s of %s takes %s, not %s' % (name, _gear_signature, takes, shown))
