"""Chapter 3: every command of the client, and its properties."""

import tempfile

import redgrease
import redgrease.data
import redgrease.exceptions
from stage import clean, client, equal, gears, matches, refused, until

# A client is one of Redis, and of redis-py where it is there already.
equal(client.set("key", "value"), True)
equal(client.get("key"), b"value")
plain = redgrease.Gears(client)
equal(plain.pyexecute("GB().count().run()").value, b"1")
equal(redgrease.Redis is not None, True)

# Of the server.
equal(gears.refreshcluster(), True)
equal(gears.infocluster(), None)
stats = gears.pystats()
equal(stats.TotalAllocated >= stats.CurrAllocated > 0, True)
equal(stats.PeakAllocated >= stats.CurrAllocated, True)
equal(gears.python_version()[0], 3)
equal(gears.gears_version() >= (1, 2, 0), True)

# Raw functions.
equal(gears.pyexecute("1").value, True)
equal(gears.pyexecute("").value, True)
equal(gears.pyexecute("GB().map(lambda r: r['key']).run()").value, b"key")
client.set("other", 2)
both = gears.pyexecute("GB().map(lambda r: r['key']).sort().run()")
equal(list(both), [b"key", b"other"])
equal(both.errors, [])
broken = gears.pyexecute("GB().map(lambda r: int(r['value'])).run('key')")
matches(broken.errors[0], "*ValueError*")
refused("*ZeroDivisionError*", gears.pyexecute, "1/0")

# Files of scripts, what they require, and whether RedGrease is to be there.
with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
    file.write("import redis\nGB('ShardsIDReader').map(lambda _: redis.__name__).run()")
    file.flush()
    equal(gears.pyexecute(file.name, requirements=["redis"]).value, b"redis")
equal(gears.pyexecute("import redgrease\nGB('ShardsIDReader').run()", enforce_redgrease=True).value, b"1")
names = [requirement.Name for requirement in gears.pydumpreqs()]
equal(sorted(names), ["redgrease[runtime]", "redis"])
without = gears.pyexecute("GB('ShardsIDReader').run()", requirements=["redgrease"], enforce_redgrease=False)
equal(without.value, b"1")

# In the background.
started = gears.pyexecute("GB('ShardsIDReader').count().run()", unblocking=True)
equal(isinstance(started.value, redgrease.data.ExecID), True)
equal(gears.getresultsblocking(started).value, b"1")
equal(gears.getresults(started).value, b"1")
listed = gears.dumpexecutions()
equal([execution.executionId for execution in listed], [started.value])
equal(listed[0].status, redgrease.data.ExecutionStatus.done)
equal(listed[0].registered, False)
equal(len(gears.dumpexecutions(status="done", registered=False)), 1)
equal(gears.dumpexecutions(status="running"), [])
equal(gears.dumpexecutions(registered=True), [])
for plans in (
    gears.getexecution(started),
    gears.getexecution(listed[0]),
    gears.getexecution(started, redgrease.data.ExecLocality.Shard),
):
    (plan,) = plans.values()
    equal(plan.status, redgrease.data.ExecutionStatus.done)
    equal((plan.results, plan.errors), (1, []))
    # RedisGears counts before all shards' records are collected, and afterwards.
    equal({step.type for step in plan.steps} >= {"collect"}, True)
equal(gears.abortexecution(started), True)
equal(gears.dropexecution(listed[0]), True)
refused("execution plan does not exist", gears.getresults, started)
refused("execution plan does not exist", gears.getresultsblocking, started)
refused("execution plan does not exist", gears.getexecution, started)
refused("execution plan does not exist", gears.dropexecution, started)
refused("execution does not exist", gears.abortexecution, started)
endless = gears.pyexecute(
    "import time\nGB('ShardsIDReader').foreach(lambda _: [time.sleep(0.01) for _ in range(9999)]).run()",
    unblocking=True,
)
refused("execution is still running", gears.getresults, endless)
# Before it runs there is no code to end.
running = redgrease.data.ExecutionStatus.running
until(lambda: [plan.status for plan in gears.getexecution(endless).values()] == [running])
equal(gears.abortexecution(endless), True)
matches(gears.getresults(endless).errors, "*forcestopped*")
equal(gears.dropexecution(endless), True)

# Registrations, and how they are found.
equal(gears.pyexecute("GB('CommandReader', desc='adds all').register(trigger='add', mode='sync')").value, True)
equal(gears.pyexecute("GB('KeysReader', desc='looks').register('key:*', mode='async_local')").value, True)
equal(gears.pyexecute("GB('StreamReader').register('orders', batch=3, duration=10)").value, True)
registered = gears.dumpregistrations()
equal([one.reader for one in registered], ["CommandReader", "KeysReader", "StreamReader"])
equal([one.RegistrationData.mode for one in registered], ["sync", "async_local", "async"])
equal(registered[0].RegistrationData.args["trigger"], b"add")
equal(registered[2].RegistrationData.args["batchSize"], 3)
equal(len(gears.dumpregistrations(reader="StreamReader")), 1)
equal(len(gears.dumpregistrations(mode="sync")), 1)
equal([one.reader for one in gears.dumpregistrations(desc="adds*", mode="sync")], ["CommandReader"])
equal(gears.trigger("add", "one", 2).value, b"['add', 'one', '2']")
equal(gears.dumpregistrations(mode="sync")[0].RegistrationData.numTriggered, 1)
try:
    gears.pyexecute("GB('CommandReader').register(trigger='add')")
except redgrease.exceptions.DuplicateTriggerError as error:
    matches(error.__cause__, "*trigger already registered*")
else:
    raise AssertionError("registered twice")
refused("*", gears.trigger, "nobody")
equal(gears.unregister(registered[0].id), True)
refused("*", gears.unregister, registered[0].id)
equal(len(gears.dumpregistrations()), 2)

# Requirements.
(requirement,) = gears.pydumpreqs(name="redis")
equal((requirement.Name, requirement.IsInstalled), ("redis", True))
equal(len(gears.pydumpreqs(name="redis", is_installed=True)), 1)
equal(gears.pydumpreqs(name="nobody"), [])
clean()
