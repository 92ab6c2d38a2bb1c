"""Puts what a generator makes into boxes."""

# --- sent ---


def _gear_boxed_generate(function):
    def _gear_generated():
        yield []
        for record in function():
            yield [record]
    return _gear_generated
