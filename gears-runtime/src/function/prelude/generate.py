"""Makes a generator of a function that returns what can be iterated."""

# --- sent ---


def _gear_generate(function):
    # Servers call what is no generator again and again, for ever.
    def _gear_generated():
        yield from function()
    return _gear_generated
