//! What calls leave behind in Python: nothing of ours.

use gears_tests::{Client, TestServer, ask, until};

/// Counts the objects of these types that are alive when all garbage is collected.
const COUNT: &str = "import gc\n\
     def count(_):\n    \
         gc.collect(); gc.collect()\n    \
         kinds = {'GearsCoroutine', 'GearsBuilder', 'PyFuture', 'Task', 'coroutine', 'PyAtomic', 'Probe'}\n    \
         return sum(type(o).__name__ in kinds for o in gc.get_objects())\n\
     GB('ShardsIDReader').map(count).run()";

fn count(client: &mut Client) -> u64 {
    let reply = client.execute(COUNT);
    reply
        .strip_prefix(r#"[[$""#)
        .and_then(|rest| rest.strip_suffix(r#""], []]"#))
        .and_then(|count| count.parse().ok())
        .unwrap_or_else(|| panic!("{reply}"))
}

/// Makes calls and waits until no more is alive than before; what the last call
/// left may live until the next one.
fn leaves_nothing(what: &str, client: &mut Client, mut call: impl FnMut(&mut Client)) {
    const CALLS: usize = 50;
    const FEW: u64 = 5;
    call(client);
    let before = count(client);
    for _ in 0..CALLS {
        call(client);
    }
    until(what, || (count(client) <= before + FEW).then_some(()));
}

#[test]
fn calls_of_every_kind_leave_nothing_behind() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "import asyncio, threading\n\
         class Probe:\n    \
             pass\n\
         def holding(r):\n    \
             probe = Probe()\n    \
             probe.itself = probe\n    \
             return r\n\
         def failing(r):\n    \
             probe = Probe()\n    \
             raise ValueError(probe)\n\
         async def waiting(r):\n    \
             await asyncio.sleep(0)\n    \
             return holding(r)\n\
         async def breaking(r):\n    \
             await asyncio.sleep(0)\n    \
             failing(r)\n\
         def later(r):\n    \
             future = gearsFuture()\n    \
             threading.Thread(target=future.continueRun, args=([future],)).start()\n    \
             return future\n\
         def kept(r):\n    \
             with atomic():\n        \
                 return holding(r)\n\
         for name, function in (('holding', holding), ('failing', failing), ('kept', kept)):\n    \
             for mode in ('sync', 'async_local'):\n        \
                 GB('CommandReader').map(function).register(trigger=name + mode, mode=mode)\n\
         for name, function in (('waiting', waiting), ('breaking', breaking), ('later', later)):\n    \
             GB('CommandReader').map(function).map(lambda r: 1)\
             .register(trigger=name, mode='async_local')\n\
         GB('KeysReader').foreach(holding).register('s:*', mode='sync')\n\
         GB('KeysReader').foreach(waiting).register('a:*', mode='async_local')\n\
         GB('StreamReader').foreach(holding).register('stream:s', mode='sync')\n\
         GB('StreamReader').foreach(waiting).register('stream:a', mode='async_local')",
    );
    for trigger in [
        "holdingsync",
        "holdingasync_local",
        "failingsync",
        "failingasync_local",
        "keptsync",
        "keptasync_local",
        "waiting",
        "breaking",
        "later",
    ] {
        leaves_nothing(trigger, &mut client, |client| {
            client.trigger(trigger, &[b"word"]);
        });
    }
    for key in ["s:key", "a:key"] {
        leaves_nothing(key, &mut client, |client| {
            ask!(client, "SET", key, "value");
        });
    }
    for stream in ["stream:s", "stream:a"] {
        leaves_nothing(stream, &mut client, |client| {
            ask!(client, "XADD", stream, "*", "field", "value");
        });
    }
}

#[test]
fn scripts_leave_nothing_behind_whatever_their_globals_hold() {
    let server = TestServer::private();
    let mut client = server.client();
    for script in [
        "g = GB('ShardsIDReader')\ng.map(lambda r: g and 1).run()",
        "g = GB('ShardsIDReader').accumulate(lambda a, r: g and 1)\n\
         GB('ShardsIDReader').run()",
        "g = GB('ShardsIDReader').groupby(lambda r: g and 1, lambda k, a, r: g and 1)\n\
         h = GB('ShardsIDReader').aggregateby(lambda r: h and 1, [g], lambda k, a, r: a, lambda k, a, r: a)\n\
         GB('ShardsIDReader').run()",
        "g = GB('ShardsIDReader').batchgroupby(lambda r: g, lambda k, r: g).repartition(lambda r: g)\n\
         GB('ShardsIDReader').run()",
        "class Probe: pass\n\
         p = Probe(); p.builder = GB('PythonReader', p)\n\
         GB('ShardsIDReader').run()",
        "f = lambda r: (f, 1 / 0)\nGB('ShardsIDReader').map(f).run()",
        "async def f(r): raise ValueError(f)\nGB('ShardsIDReader').map(f).run()",
        "class Probe: pass\np = Probe(); p.itself = p\n1 / 0",
    ] {
        leaves_nothing(script, &mut client, |client| {
            client.execute(script);
        });
    }
}

#[test]
fn registrations_leave_nothing_behind_when_they_are_gone() {
    let server = TestServer::private();
    let mut client = server.client();
    leaves_nothing("a registration", &mut client, |client| {
        client.install(
            "class Probe: pass\n\
             p = Probe()\n\
             GB('CommandReader').map(lambda r: p and 1).register(trigger='t')",
        );
        client.trigger("t", &[]);
        for (_, id) in client.triggers() {
            assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
        }
    });
}
