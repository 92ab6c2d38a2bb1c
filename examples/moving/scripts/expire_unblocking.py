"""Lets pages go after a day; nobody waits for its end."""

GB("KeysReader").foreach(lambda page: execute("EXPIRE", page["key"], 86400)).run("page:*")
