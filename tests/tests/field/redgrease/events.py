"""Chapters 8 and 11: functions that wait for keys, entries and commands."""

import redgrease
import redgrease.exceptions
from redgrease import (
    CommandReader,
    FailurePolicy,
    KeysReader,
    KeyType,
    StreamReader,
    TriggerMode,
)
from stage import clean, client, equal, gears, matches, refused, until

# Keys.
noting = KeysReader(desc="notes").foreach(
    lambda record: redgrease.cmd.rpush("notes", f"{record['event']} {record['key']} {record['type']}")
)
noting.register(
    "person:*", mode=TriggerMode.Sync, eventTypes=["set", "del"], keyTypes=[KeyType.String], on=gears
)
client.set("person:1", "Ada")
client.hset("person:2", "name", "Bob")
client.set("pet:1", "Tom")
equal(client.lrange("notes", 0, -1), [b"set person:1 string"])
(registered,) = gears.dumpregistrations(reader="KeysReader")
equal(registered.RegistrationData.args["eventTypes"], [b"set", b"del"])

# Streams, of which an entry fails at first.
def once(entry):
    if redgrease.cmd.incr("tries") == 1:
        raise ValueError("not yet")
    redgrease.cmd.rpush("items", entry["value"]["item"])


StreamReader().foreach(once).register(
    "orders", batch=1, duration=1, onFailedPolicy=FailurePolicy.Retry, onFailedRetryInterval=1, on=client
)
client.xadd("orders", {"item": "one"})
client.xadd("orders", {"item": "two"})
until(lambda: client.lrange("items", 0, -1) == [b"one", b"two"])
until(lambda: client.xlen("orders") == 0)

# Commands, in each mode, called by name and by what `register` returns.
for mode in (TriggerMode.Async, TriggerMode.AsyncLocal, TriggerMode.Sync):
    joined = (
        CommandReader()
        .apply(lambda one, other: f"{one}+{other}")
        .register(trigger=f"join_{mode}", mode=mode, on=gears)
    )
    equal(gears.trigger(f"join_{mode}", "a", "b").value, "a+b")
    equal(joined("c", 1).value, "c+1")
words = CommandReader().args().map(lambda arguments: list(arguments)).register(trigger="words", on=gears)
equal(list(words("a", "b").value), ["a", "b"])


# The decorator.
clean()


@redgrease.command(on=gears)
def double(text):
    return text * 2


@redgrease.command(trigger="named", mode=TriggerMode.Sync, replace=False, on=gears)
def by_another_name(key, value):
    redgrease.cmd.set(key, value)
    return redgrease.cmd.get(key)


@redgrease.command(requirements=["redis"])
def nowhere_yet():
    import redis

    return redis.__name__


equal(double("ab").value, "abab")
equal(gears.trigger("double", "x").value, "xx")
equal(by_another_name("key", "value").value, "value")
equal(client.get("key"), b"value")
nowhere_yet.on(client)
equal(gears.trigger("nowhere_yet").value, "redis")


@redgrease.command(replace=True, on=gears)
def raising(text):
    raise KeyError(text)


refused("*KeyError*no such*", raising, "no such")


def again(version):
    CommandReader().apply(lambda: version).register(trigger="version", on=gears)


# The client replaces what is registered when it is alone.
clean()
again(1)
try:
    again(2)
except redgrease.exceptions.DuplicateTriggerError as error:
    matches(error.__cause__, "*trigger already registered*")
else:
    raise AssertionError("registered twice")
equal(gears.trigger("version").value, 1)
CommandReader().apply(lambda: 3).register(trigger="version").on(gears, replace=True)
equal(gears.trigger("version").value, 3)
CommandReader().apply(lambda: 4).register(trigger="version").on(gears, replace=False)
equal(gears.trigger("version").value, 3)
clean()
