//! Coroutines and futures: who waits, in which order, and how it ends.

use std::thread;

use gears_runtime::embedded::Server;
use gears_tests::{TestServer, ask, until};

#[test]
fn coroutines_of_one_step_run_at_the_same_time_and_keep_their_order() {
    let server = TestServer::start();
    // Three thousand in turn, a thousand at once: each waits for the others of its thousand.
    let reply = server.client().execute(
        "import asyncio\n\
         came = []\n\
         async def slow(number):\n    \
             came.append(number)\n    \
             while len(came) < min(2500, number // 1000 * 1000 + 1000):\n        \
                 await asyncio.sleep(0.01)\n    \
             await asyncio.sleep(0.02 if number % 2 else 0)\n    \
             return number\n\
         def numbers():\n    \
             yield from range(2500)\n\
         GB('PythonReader').map(slow)\
         .accumulate(lambda a, r: (a or []) + [r])\
         .map(lambda found: found == list(range(2500))).run(numbers)",
    );
    assert_eq!(reply, r#"[[$"True"], []]"#);
}

#[test]
fn every_step_takes_coroutines() {
    let server = TestServer::start();
    let reply = server.client().execute(
        "import asyncio\n\
         async def odd(r):\n    \
             await asyncio.sleep(0.01)\n    \
             return r % 2\n\
         async def two(r):\n    \
             return [r, r + 100]\n\
         async def each(r):\n    \
             await asyncio.sleep(0)\n\
         async def add(k, a, r):\n    \
             await asyncio.sleep(0.001)\n    \
             return (a or 0) + r\n\
         async def add_all(a, r):\n    \
             return await add(None, a, r)\n\
         def numbers():\n    \
             yield from range(10)\n\
         GB('PythonReader').filter(odd).flatmap(two).foreach(each)\
         .groupby(lambda r: r > 50, add).map(lambda group: group['value'])\
         .accumulate(add_all).run(numbers)",
    );
    assert_eq!(reply, r#"[[$"550"], []]"#);
}

#[test]
fn where_nobody_can_wait_coroutines_are_refused() {
    let server = TestServer::start();
    let mut client = server.client();
    for (steps, refusal) in [
        (
            "groupby(f, lambda k, a, r: r)",
            "coroutine are not allow on extractor",
        ),
        ("repartition(f)", "coroutine are not allow on extractor"),
        (
            "batchgroupby(lambda r: r, g)",
            "coroutine are not allow on reduce",
        ),
    ] {
        let reply = client.execute(&format!(
            "async def f(r):\n    return r\n\
             async def g(k, r):\n    return r\n\
             GB('ShardsIDReader').{steps}.run()"
        ));
        assert!(
            reply.contains(&format!(
                "Error type: <class 'gears.error'>, Value: {refusal}"
            )),
            "{reply}"
        );
    }
}

#[test]
fn errors_of_coroutines_are_their_messages() {
    let server = TestServer::start();
    let mut client = server.client();
    for (raised, text) in [
        ("ValueError('only this')", "only this"),
        ("SystemExit(3)", "3"),
        ("asyncio.CancelledError()", "CancelledError"),
    ] {
        let reply = client.execute(&format!(
            "async def f(r):\n    raise {raised}\n\
             GB('ShardsIDReader').map(f).run()"
        ));
        assert_eq!(reply, format!("[[], [$\"{text}\"]]"));
    }
    let awaited = client.execute(
        "async def f(r):\n    \
             with atomic():\n        \
                 await asyncio.sleep(1)\n\
         GB('ShardsIDReader').map(f).run()",
    );
    assert_eq!(
        awaited,
        r#"[[], [$"await is not allow inside atomic block"]]"#
    );
}

#[test]
fn traceback_stays_where_the_script_named_its_code() {
    let server = TestServer::start();
    let reply = server.client().execute(
        "names = {}\n\
         exec(compile('async def f(r):\\n    1 / 0', 'src/gear.rs', 'exec'), globals(), names)\n\
         f = names['f']\n\
         async def entry(r):\n    \
             return await f(r)\n\
         GB('ShardsIDReader').map(entry).run()",
    );
    assert!(reply.contains("src/gear.rs"), "{reply}");
    assert!(reply.contains("ZeroDivisionError"), "{reply}");
}

#[test]
fn sync_trigger_with_a_coroutine_keeps_only_its_client_waiting() {
    let server = TestServer::start();
    let mut client = server.client();
    let (name, begun, end) = (server.name("t"), server.name("begun"), server.name("end"));
    client.install(&format!(
        "async def nap(r):\n    \
             execute('SET', '{begun}', 'yes')\n    \
             while not execute('GET', '{end}'):\n        \
                 await asyncio.sleep(0.01)\n    \
             return 'rested'\n\
         GB('CommandReader').map(nap).register(trigger='{name}', mode='sync')"
    ));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| server.client().trigger(&name, &[]));
        until("beginning", || {
            (ask!(client, "GET", begun) != "nil").then_some(())
        });
        assert!(!waiting.is_finished());
        assert_eq!(ask!(client, "SET", end, "yes"), "+OK");
        assert_eq!(waiting.join().unwrap(), r#"[$"rested"]"#);
    });
    assert_eq!(ask!(client, "DEL", begun, end), ":2");
    let in_script = ask!(
        client,
        "EVAL",
        "return redis.call('RG.TRIGGER', ARGV[1])",
        "0",
        &name
    );
    assert!(
        in_script.contains("Creating async record is not allowed"),
        "{in_script}"
    );
}

#[test]
fn waiting_executions_end_when_they_are_aborted() {
    let server = TestServer::start();
    let mut client = server.client();
    let id = client.execute_unblocking(
        "async def f(r):\n    await asyncio.sleep(1000)\n\
         GB('ShardsIDReader').map(f).run()",
    );
    assert_eq!(ask!(client, "RG.ABORTEXECUTION", &id), "+OK");
    // On a busy machine it may not have come to wait.
    let results = ask!(client, "RG.GETRESULTS", &id);
    assert!(
        results == "[[], []]" || results.contains("forcestopped"),
        "{results}"
    );
    assert!(ask!(client, "RG.DUMPEXECUTIONS").contains(r#"$"aborted""#));
    assert_eq!(ask!(client, "RG.DROPEXECUTION", &id), "+OK");
}

#[test]
fn deadlines_end_coroutines_too() {
    let server = TestServer::start();
    let mut client = server.client();
    for body in ["await asyncio.sleep(1000)", "while True: pass"] {
        let reply = client.execute(&format!(
            "async def f(r):\n    {body}\n\
             GB('ShardsIDReader').map(f).run(timeout_ms=200)"
        ));
        assert!(
            reply.contains("the function ran longer than its deadline allows"),
            "{reply}"
        );
    }
    let after = client.execute("async def f(r):\n    return r\nGB('ShardsIDReader').map(f).run()");
    assert_eq!(after, r#"[[$"1"], []]"#);
}

#[test]
fn more_coroutines_wait_than_there_are_workers() {
    let server = TestServer::of(Server::builder().engine_args(["ExecutionThreads", "1"]));
    // Each waits until all are there.
    server.client().install(
        "there = []\n\
         async def nap(r):\n    \
             there.append(r[1])\n    \
             while len(there) < 50:\n        \
                 await asyncio.sleep(0.01)\n    \
             return r[1]\n\
         GB('CommandReader').map(nap).register(trigger='nap', mode='async_local')\n\
         GB('KeysReader').map(nap).register('never')",
    );
    thread::scope(|scope| {
        for number in 0..50 {
            let server = &server;
            scope.spawn(move || {
                let number = number.to_string();
                let reply = server.client().trigger("nap", &[number.as_bytes()]);
                assert_eq!(reply, format!("[$\"{number}\"]"));
            });
        }
    });
}

#[test]
fn futures_are_continued_by_other_threads() {
    let server = TestServer::start();
    let mut client = server.client();
    let future = |body: &str| {
        format!(
            "import time\n\
             def later(future, record):\n    \
                 time.sleep(0.05)\n    \
                 {body}\n\
             def f(record):\n    \
                 future = gearsFuture()\n    \
                 Thread(target=later, args=(future, record)).start()\n    \
                 return future\n\
             GB('ShardsIDReader').map(f).run()"
        )
    };
    let good = client.execute(&future("future.continueRun(record * 3)"));
    assert_eq!(good, r#"[[$"111"], []]"#);
    let bad = client.execute(&future("future.continueFailed('no ' + record)"));
    assert_eq!(bad, r#"[[], [$"no 1"]]"#);
    // Nobody can continue it any more.
    let lost = client.execute(&future("pass"));
    assert!(lost.contains("dropped"), "{lost}");
}

#[test]
fn futures_are_refused_with_the_words_of_redisgears() {
    let server = TestServer::start();
    let mut client = server.client();
    let outside = client.execute("gearsFuture()");
    assert!(
        outside.contains("Future object can only be created inside certain execution steps"),
        "{outside}"
    );
    for (callback, text) in [
        ("map(lambda r: gearsFuture(1))", "Future gets no arguments"),
        (
            "map(lambda r: (gearsFuture(), gearsFuture()))",
            "Can not create async record twice on the same step",
        ),
        (
            "map(lambda r: gearsFuture().continueRun(1))",
            "Can not handle future untill it returned from the callback",
        ),
        (
            "groupby(lambda r: gearsFuture(), lambda k, a, r: r)",
            "Step does not support async",
        ),
    ] {
        let reply = client.execute(&format!("GB('ShardsIDReader').{callback}.run()"));
        assert!(reply.contains(text), "{reply}");
    }
}

#[test]
fn callbacks_run_and_register_functions() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("late");
    let reply = client.execute(
        "async def f(r):\n    \
             good = await GB('ShardsIDReader').map(lambda r: r + '!').run()\n    \
             bad = await GB('ShardsIDReader').map(lambda r: 1 / 0).run()\n    \
             return [good, len(bad[1]), isAsyncAllow()]\n\
         GB('ShardsIDReader').map(f).run()",
    );
    assert_eq!(reply, r#"[[$"[[['1!'], []], 1, False]"], []]"#);
    let registered = client.execute(&format!(
        "def f(r):\n    \
             GB('CommandReader').map(lambda r: 'late').register(trigger='{name}')\n    \
             return isAsyncAllow()\n\
         GB('ShardsIDReader').map(f).run()"
    ));
    assert_eq!(registered, r#"[[$"True"], []]"#);
    assert_eq!(client.trigger(&name, &[]), r#"[$"late"]"#);
}

#[test]
fn stream_batches_with_coroutines_stay_in_order() {
    let server = TestServer::private();
    let mut client = server.client();
    let (key, log) = (server.name("stream"), server.name("log"));
    client.install(&format!(
        "async def slow(r):\n    \
             await asyncio.sleep(0.02)\n    \
             execute('RPUSH', '{log}', r['value']['n'])\n\
         GB('StreamReader').foreach(slow).register('{key}')"
    ));
    for number in 0..5 {
        ask!(client, "XADD", &key, "*", "n", number.to_string());
    }
    until("entries in their order", || {
        let all = ask!(client, "LRANGE", &log, "0", "-1");
        (all == r#"[$"0", $"1", $"2", $"3", $"4"]"#).then_some(())
    });
    until("stream without entries", || {
        (ask!(client, "XLEN", &key) == ":0").then_some(())
    });
}

trait Unblocking {
    fn execute_unblocking(&mut self, script: &str) -> String;
}

impl Unblocking for gears_tests::Client {
    /// Begins an execution and returns its id.
    fn execute_unblocking(&mut self, script: &str) -> String {
        let id = ask!(self, "RG.PYEXECUTE", script, "UNBLOCKING");
        id.trim_start_matches("$\"")
            .trim_end_matches('"')
            .to_owned()
    }
}

#[test]
fn sync_hooks_wait_where_their_client_can() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "async def wait(r): return 'from a coroutine'\n\
         GB('CommandReader').map(wait).register(hook='get', mode='sync')",
    );
    assert_eq!(ask!(client, "SET", "k", "v"), "+OK");
    assert_eq!(ask!(client, "GET", "k"), r#"$"from a coroutine""#);
    let lua = "return redis.call('GET', 'k')";
    let in_script = ask!(client, "EVAL", lua, "0");
    assert_eq!(ask!(client, "MULTI"), "+OK");
    assert_eq!(ask!(client, "GET", "k"), "+QUEUED");
    let in_transaction = ask!(client, "EXEC");
    for refused in [in_script, in_transaction] {
        assert!(
            refused.contains("Creating async record is not allowed"),
            "{refused}"
        );
    }
}
