"""The client program as it was: RedGrease's, with a command of its own."""

import sys

import redgrease

connection = redgrease.RedisGears(port=int(sys.argv[1]) if len(sys.argv) > 1 else 6379)


@redgrease.command(on=connection)
def view(page, visitor):
    times = redgrease.cmd.hincrby("views", page, 1)
    redgrease.log(f"{visitor} sees {page}")
    return times


print(view("home", "Ada"))
