"""Goes on with a value, or with what a coroutine makes of it later."""

import inspect

# --- sent ---


def _gear_then(value, step):
    if not inspect.isawaitable(value):
        return step(value)
    async def _gear_later():
        return step(await value)
    return _gear_later()
