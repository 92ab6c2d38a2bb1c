"""What keeps the engine from running here."""


class Trouble(Exception):
    """Says what is wrong, and what to do next."""
