"""Counts the visits that arrive on streams."""

from redgrease.runtime import GB, execute


def count(entry):
    execute("HINCRBY", "visits", entry["value"]["page"], 1)


GB("StreamReader").foreach(count).register("visits:*", mode="async_local")
