"""What the scripts of this folder begin with: RedGrease's client, and a server whose port is the first argument."""

import fnmatch
import sys
import time

if sys.version_info >= (3, 12):
    # It brings distutils, which the client's redis-py is made with.
    import setuptools  # noqa: F401

import redgrease
import redis

client = redgrease.RedisGears(host="127.0.0.1", port=int(sys.argv[1]))
gears = client.gears


def clean():
    """Takes out whatever there is."""
    for registration in gears.dumpregistrations():
        gears.unregister(registration.id)
    for execution in gears.dumpexecutions():
        gears.dropexecution(execution)
    client.flushall()


def equal(came, expected):
    if came != expected:
        raise AssertionError(f"not {expected!r}: {came!r}")


def matches(came, pattern):
    if not fnmatch.fnmatchcase(str(came), pattern):
        raise AssertionError(f"not {pattern!r}: {came!r}")


def refused(pattern, call, *arguments):
    try:
        came = call(*arguments)
    except redis.exceptions.ResponseError as error:
        matches(error, pattern)
    else:
        raise AssertionError(f"no error: {came!r}")


def until(ask):
    """Asks until the answer is true, and returns it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.005)
    raise AssertionError("it did not come in a minute")
