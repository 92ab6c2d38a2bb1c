# Automatic expiry: the manual of RedGrease, section 2.4.4, vanilla version.
gb = GB()
gb.foreach(lambda x: execute("EXPIRE", x["key"], 3600))
gb.register("*", mode="sync", readValue=False)
