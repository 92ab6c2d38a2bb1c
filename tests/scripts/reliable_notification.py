# Reliable keyspace notification: the manual of RedGrease, section 2.4.6, vanilla version.
# As printed there, the parenthesis that ends `foreach` is missing.
GearsBuilder().foreach(
    lambda x: execute(
        "XADD", "notifications-stream", "*", *sum([[k, v] for k, v in x.items()], [])
    )
).register(prefix="person:*", eventTypes=["hset", "hmset"], mode="sync")
