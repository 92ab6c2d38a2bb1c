"""A cluster, which the client finds out about by itself: functions run over all shards."""

import redgrease
import redgrease.data
from redgrease import CommandReader, KeysReader, ShardsIDReader, TriggerMode
from stage import client, equal, gears

equal(isinstance(client, redgrease.RedisCluster), True)
for number in range(60):
    client.set(f"n:{number}", number)
equal(client.get("n:7"), b"7")

shards = gears.infocluster()
equal((len(shards.shards), shards.my_id in [shard.id for shard in shards.shards]), (3, True))
equal(sorted(shard.maxHslot for shard in shards.shards), [5460, 10922, 16383])
equal(gears.refreshcluster(), True)

equal(KeysReader("n:*").count().run(on=gears).value, 60)
equal(len(ShardsIDReader().run(on=client)), 3)
total = KeysReader("n:*").values().map(int).aggregate(0, lambda a, n: a + n, lambda a, n: a + n)
equal(total.run().on(gears).value, sum(range(60)))
parity = KeysReader("n:*").values().countby(lambda n: int(n) % 2)
equal({one["key"]: one["value"] for one in parity.run(on=gears)}, {"0": 30, "1": 30})
first = KeysReader("n:*").values().map(int).sort(reverse=False).limit(3)
equal(len(first.run(on=gears)), 3)

# An execution stays with the shard that drives it, and the client asks any: only its id is certain.
started = KeysReader("n:*").count().run().on(gears, unblocking=True)
equal(started.value.shard_id in [shard.id for shard in shards.shards], True)

hello = CommandReader().apply(lambda name: f"hello {name}")
hello.register(trigger="hello", on=gears)
hello.register(trigger="hello_here", mode=TriggerMode.AsyncLocal, on=gears)
for _ in range(6):
    equal(gears.trigger("hello", "you").value, ["hello you"] * 3)
    equal(gears.trigger("hello_here", "you").value, "hello you")
registered = gears.dumpregistrations()
equal([one.RegistrationData.args["trigger"] for one in registered], [b"hello", b"hello_here"])
for one in registered:
    equal(gears.unregister(one.id), True)
