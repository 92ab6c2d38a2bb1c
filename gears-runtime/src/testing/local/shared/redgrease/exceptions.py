"""The errors of the package."""


class DuplicateTriggerError(Exception):
    """A trigger is taken by another function."""
