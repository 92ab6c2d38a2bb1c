"""Reads a bool."""

# --- sent ---


def _gear_boolean(argument):
    return {'1': True, 'True': True, 'true': True, '0': False, 'False': False, 'false': False}[argument]
