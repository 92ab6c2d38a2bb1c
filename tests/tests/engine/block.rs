//! `with atomic():` blocks that nobody leaves: the server comes back all the same.

use gears_tests::{Client, TestServer, ask, until};

/// Ways to begin a block and not to leave it.
const OPEN: &str = "\
import _thread, asyncio, threading, concurrent.futures
kept = []
pool = concurrent.futures.ThreadPoolExecutor(1)
def inside():
    with atomic():
        yield 1
        yield 2
def put_aside(*_):
    generator = inside()
    next(generator)
    kept.append(generator)
    return 'open'
def enter(*_):
    block = atomic()
    block.__enter__()
    kept.append(block)
    return 'open'
";

/// The ways, and commands to hook for them.
const WAYS: [(&str, &str); 2] = [("put_aside", "echo"), ("enter", "exists")];

/// Checks that other clients and other functions have the server to themselves
/// when they want to.
fn check_free(client: &mut Client, place: &str) {
    assert_eq!(ask!(client, "PING"), "+PONG", "{place}");
    for trigger in ["free_sync", "free_local"] {
        assert_eq!(client.trigger(trigger, &[]), r#"[$"free"]"#, "{place}");
    }
}

fn server() -> (TestServer, Client) {
    let server = TestServer::private();
    let mut client = server.client();
    for (trigger, mode) in [("free_sync", "sync"), ("free_local", "async_local")] {
        client.install(&format!(
            "def free(r):\n    \
                 assert not isInAtomicBlock()\n    \
                 with atomic():\n        \
                     execute('INCR', 'blocks')\n    \
                 return 'free'\n\
             GB('CommandReader').map(free).register(trigger='{trigger}', mode='{mode}')"
        ));
    }
    (server, client)
}

#[test]
fn blocks_end_with_their_functions() {
    let (_server, mut client) = server();
    for (way, hooked) in WAYS {
        client.install(&format!("{OPEN}{way}()"));
        check_free(&mut client, "script");
        let ran = client.execute(&format!("{OPEN}GB('ShardsIDReader').map({way}).run()"));
        assert_eq!(ran, r#"[[$"open"], []]"#);
        check_free(&mut client, "run");
        client.install(&format!(
            "{OPEN}\
             GB('CommandReader').map({way}).register(trigger='{way}_sync', mode='sync')\n\
             GB('CommandReader').map({way}).register(trigger='{way}_local', mode='async_local')\n\
             async def task(*_): return {way}()\n\
             GB('CommandReader').map(task).register(trigger='{way}_task', mode='async_local')\n\
             GB('KeysReader').foreach({way}).register('{way}_now', mode='sync')\n\
             GB('KeysReader').foreach({way}).foreach(lambda r: execute('INCR', 'seen'))\
             .register('{way}_later', mode='async_local')\n\
             GB('CommandReader').map({way}).register(hook='{hooked}', mode='async_local', convertToStr=False)"
        ));
        for trigger in ["sync", "local", "task"] {
            let reply = client.trigger(&format!("{way}_{trigger}"), &[]);
            assert_eq!(reply, r#"[$"open"]"#, "{trigger}");
            check_free(&mut client, trigger);
        }
        assert_eq!(ask!(client, hooked, "x"), r#"$"open""#);
        check_free(&mut client, "hook");
        assert_eq!(ask!(client, "SET", format!("{way}_now"), "x"), "+OK");
        check_free(&mut client, "event, sync");
        let before = ask!(client, "GET", "seen");
        assert_eq!(ask!(client, "SET", format!("{way}_later"), "x"), "+OK");
        until("event", || {
            (ask!(client, "GET", "seen") != before).then_some(())
        });
        check_free(&mut client, "event, later");
    }
}

#[test]
fn blocks_end_with_their_threads_and_tasks() {
    let (_server, mut client) = server();
    for (way, _) in WAYS {
        for (place, begin) in [
            ("thread", "threading.Thread(target=begin).start()"),
            ("plain thread", "_thread.start_new_thread(begin, ())"),
            ("pool", "pool.submit(begin)"),
            ("event loop", "loop.call_soon_threadsafe(begin)"),
            (
                "task",
                "async def task():\n    \
                     begin()\n    \
                     await asyncio.sleep(1000)\n\
                 loop.call_soon_threadsafe(lambda: kept.append(loop.create_task(task())))",
            ),
        ] {
            // The script's end lets go of the server; only then it can begin.
            client.install(&format!(
                "{OPEN}\
                 def begin():\n    \
                     {way}()\n    \
                     execute('INCR', 'begun')\n\
                 {begin}"
            ));
            let place = format!("{way}, {place}");
            until(&place, || {
                (ask!(client, "DEL", "begun") == ":1").then_some(())
            });
            check_free(&mut client, &place);
        }
    }
}

#[test]
fn blocks_of_threads_and_callbacks_that_go_on_end_at_their_deadline() {
    let (_server, mut client) = server();
    assert_eq!(ask!(client, "RG.CONFIGSET", "SyncDeadline", "500"), "[+OK]");
    for (way, _) in WAYS {
        for (place, begin) in [
            ("thread", "threading.Thread(target=begin).start()"),
            ("event loop", "loop.call_soon_threadsafe(begin)"),
        ] {
            client.install(&format!(
                "{OPEN}\
                 def begin():\n    \
                     try:\n        \
                         {way}()\n        \
                         execute('INCR', 'begun')\n        \
                         while True: pass\n    \
                     finally:\n        \
                         execute('INCR', 'begun')\n\
                 {begin}"
            ));
            let place = format!("{way}, {place}");
            until(&place, || {
                (ask!(client, "DEL", "begun") != ":0").then_some(())
            });
            check_free(&mut client, &place);
        }
    }
    // The event loop is there still.
    let reply = client.execute(
        "async def f(r): return 'loop'\n\
         GB('ShardsIDReader').map(f).run()",
    );
    assert_eq!(reply, r#"[[$"loop"], []]"#);
}

#[test]
fn block_is_left_where_it_was_entered() {
    let (_server, mut client) = server();
    // By code that the server calls in the middle of a command of the block's code.
    client.install(
        "kept = []\n\
         def inside():\n    \
             with atomic():\n        \
                 yield\n\
         def begin(r):\n    \
             kept.append(inside())\n    \
             next(kept[0])\n    \
             answer = execute('RG.TRIGGER', 'leave')\n    \
             return [answer[0], isInAtomicBlock(), execute('INCR', 'after')]\n\
         def leave(r):\n    \
             kept.pop().close()\n    \
             return 'left'\n\
         GB('CommandReader').map(begin).register(trigger='begin', mode='async_local')\n\
         GB('CommandReader').map(leave).register(trigger='leave', mode='sync')",
    );
    assert_eq!(client.trigger("begin", &[]), r#"[$"['left', True, 1]"]"#);
    check_free(&mut client, "nested");

    let reply = client.execute(
        "import threading\n\
         def f(r):\n    \
             said = []\n    \
             block = atomic()\n    \
             block.__enter__()\n    \
             def leave():\n        \
                 try: block.__exit__()\n        \
                 except Exception as error: said.append(str(error))\n    \
             thread = threading.Thread(target=leave)\n    \
             thread.start()\n    \
             thread.join()\n    \
             said.append(isInAtomicBlock())\n    \
             block.__exit__(None, None, None)\n    \
             said.append(isInAtomicBlock())\n    \
             return said\n\
         GB('ShardsIDReader').map(f).run()",
    );
    assert_eq!(
        reply,
        r#"[[$"['An atomic block is left on the thread that entered it', True, False]"], []]"#
    );
    check_free(&mut client, "thread");
}
