"""Chapters 4 to 9: functions that are built with the client, run by the server and unpickled here."""

import operator

import redgrease
from redgrease import (
    KeysOnlyReader,
    KeysReader,
    PythonReader,
    ShardsIDReader,
    StreamReader,
)
from stage import clean, client, equal, gears, matches

client.mset({"n:1": 3, "n:2": 1, "n:3": 2, "text": "the fox and the dog"})
client.hset("hash", mapping={"field": "value", "other": "1"})
client.xadd("stream", {"n": 1}, id="1-1")
client.xadd("stream", {"n": 2}, id="1-2")


def numbers():
    yield from [3, 1, 2, 2]


def run(function, *arguments):
    return function.run(*arguments).on(gears)


# The ways to run one.
count = KeysReader("n:*").count()
closed = count.run()
for result in (
    gears.pyexecute(closed),
    closed.on(gears),
    closed.on(client),
    count.run(on=client),
    gears.pyexecute(count),
    gears.getresultsblocking(closed.on(gears, unblocking=True)),
):
    equal((result.value, result.errors, result + 1), (3, [], 4))
equal(closed.supports_batch_mode, True)
equal(count.supports_event_mode, True)
equal(count.reader, "KeysReader")

# Readers.
equal(sorted(run(KeysReader("n:*").keys())), ["n:1", "n:2", "n:3"])
equal(sorted(run(KeysReader("n:*").values())), ["1", "2", "3"])
equal(run(KeysReader("hash").values()).value, {"field": "value", "other": "1"})
record = run(KeysReader("hash").records()).value
equal((record.key, record.type, record.value["field"]), ("hash", "hash", "value"))
equal(run(KeysReader().keys(type="hash")).value, "hash")
equal(sorted(run(KeysOnlyReader("n:*"))), ["n:1", "n:2", "n:3"])
equal(list(run(StreamReader("stream").values())), [{"n": "1"}, {"n": "2"}])
equal(set(run(StreamReader("stream").keys())), {"stream"})
equal([entry.id for entry in run(StreamReader("stream").records())], ["1-1", "1-2"])
equal(list(run(PythonReader(), numbers)), [3, 1, 2, 2])
equal(run(ShardsIDReader()).value, "1")

# Operations.
some = PythonReader()
equal(list(run(some.map(lambda n: n * 10), numbers)), [30, 10, 20, 20])
equal(list(run(some.flatmap(lambda n: [n] * n), numbers)), [3, 3, 3, 1, 2, 2, 2, 2])
equal(list(run(some.foreach(lambda n: redgrease.cmd.rpush("seen", n)), numbers)), [3, 1, 2, 2])
equal(client.lrange("seen", 0, -1), [b"3", b"1", b"2", b"2"])
equal(list(run(some.filter(lambda n: n > 1), numbers)), [3, 2, 2])
equal(run(some.accumulate(lambda total, n: (total or 0) + n), numbers).value, 8)
equal(run(some.accumulate(), numbers).value, [None, 3, 1, 2, 2])
grouped = run(some.localgroupby(lambda n: n % 2, lambda _, total, n: (total or 0) + n), numbers)
equal({group["key"]: group["value"] for group in grouped}, {"0": 4, "1": 4})
equal(list(run(some.limit(2), numbers)), [3, 1])
equal(list(run(some.limit(2, 1), numbers)), [1, 2])
equal(sorted(run(some.collect().repartition(lambda n: str(n)), numbers)), [1, 2, 2, 3])
equal(run(some.aggregate(0, operator.add, operator.add), numbers).value, 8)
by = run(some.aggregateby(lambda n: n % 2, 0, lambda _, a, n: a + n, lambda _, a, n: a + n), numbers)
equal({group["key"]: group["value"] for group in by}, {"0": 4, "1": 4})
by = run(some.groupby(lambda n: n % 2, lambda _, total, n: (total or 0) + n), numbers)
equal({group["key"]: group["value"] for group in by}, {"0": 4, "1": 4})
by = run(some.batchgroupby(lambda n: n % 2, lambda _, records: len(records)), numbers)
equal({group["key"]: group["value"] for group in by}, {"0": 2, "1": 2})
equal(sorted(run(some.sort(), numbers)), [1, 2, 2, 3])
equal(list(run(some.sort(), numbers)), list(reversed(list(run(some.sort(reverse=False), numbers)))))
equal(sorted(run(some.distinct(), numbers)), [1, 2, 3])
equal(run(some.count(), numbers).value, 4)
equal({group["key"]: group["value"] for group in run(some.countby(), numbers)}, {"1": 1, "2": 2, "3": 1})
equal(run(some.avg(), numbers).value, 2.0)
words = KeysReader("text").values().flatmap(str.split).countby()
equal({word["key"]: word["value"] for word in run(words)}["the"], 2)

# Values of every kind, and errors.
values = [None, True, -5, 2**70, 1.5, "ä", b"\xff\0", [1], (1, "x"), {"a": {1}}, {1, 2}]
equal(run(ShardsIDReader().map(lambda _: values)).value, values)
broken = run(some.map(lambda n: 1 // (n - 1)), numbers)
matches(broken.errors[0], "*ZeroDivisionError*")

# What functions call on the server.
equal(run(ShardsIDReader().map(lambda _: redgrease.execute("GET", "n:1"))).value, "3")
equal(run(ShardsIDReader().map(lambda _: redgrease.cmd.hget("hash", "field"))).value, "value")
equal(run(ShardsIDReader().map(lambda _: redgrease.hashtag())).value, "06S")
equal(run(ShardsIDReader().map(lambda _: redgrease.hashtag3())).value, "{06S}")
equal(run(ShardsIDReader().map(lambda _: redgrease.gearsConfigGet("nobody", "default"))).value, "default")
equal(run(ShardsIDReader().map(lambda _: redgrease.configGet("nobody"))).value, None)


def both(_):
    with redgrease.atomic():
        redgrease.cmd.incr("one")
        redgrease.cmd.incr("two")
    redgrease.log("counted both", level=redgrease.LogLevel.Notice)


run(ShardsIDReader().foreach(both))
equal(client.mget("one", "two"), [b"1", b"1"])
clean()
