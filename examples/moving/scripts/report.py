"""Tells how many pages there are; run once for each content of this file."""

import redis

GB("KeysReader", desc="pages, by a script with redis-py " + redis.__version__).count().run("page:*")
