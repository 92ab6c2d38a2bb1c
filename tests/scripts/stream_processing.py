# Basic Redis stream processing: the manual of RedGrease, section 2.4.3, vanilla version.
gb = GearsBuilder("StreamReader")
gb.foreach(
    lambda x: execute("HMSET", x["id"], *sum([[k, v] for k, v in x.items()], []))
) # write to Redis Hash
gb.register("mystream")
