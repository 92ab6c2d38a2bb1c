//! What scripts find around them, and what they cannot break.

use gears_runtime::embedded::Server;
use gears_tests::{TestServer, ask, until};

#[test]
fn names_of_redisgears_are_there() {
    let server = TestServer::start();
    let mut client = server.client();
    let names = "GearsBuilder GB execute atomic configGet gearsConfigGet hashtag log gearsFuture \
                 createFuture setFutureResults setFutureException runCoroutine isAsyncAllow \
                 isInAtomicBlock flat_error registerTE Log ConfigGet GearsConfigGet redisgears rg \
                 asyncio copy cProfile dis importlib io itertools logging opcode operator pickle \
                 pstats struct sys traceback types weakref partial StringIO Thread Future \
                 GearsFuture GearsSession PyFlatExecution gearsCtx getGearsSession \
                 setGearsSession registerGearsThread loop createKeysOnlyReader \
                 shardReaderCallback dumps loads";
    for name in names.split_whitespace() {
        assert_eq!(client.execute(name), "+OK", "{name}");
    }
    for import in [
        "from __main__ import GB, GearsBuilder, configGet, gearsConfigGet, execute",
        "from redisgears import executeCommand, atomicCtx, config_get, getMyHashTag, log",
        "from redisgears import registerTimeEvent, isAsyncAllow, isInAtomicBlock, flatError",
        "from redisgears import gearsCtx, gearsFutureCtx, getGearsSession, setGearsSession",
        "from redisgears import registerGearsThread, GearsError, GearsFlatError",
        "from redisgears import GearsForceStopped, PyAtomic, PyFuture, PyExecutionSession",
        "from redisgears import PyFlatExecution, GB, execute, createFuture, hashtag",
        "import redisAI",
    ] {
        assert_eq!(client.execute(import), "+OK", "{import}");
    }
}

#[test]
fn threads_of_scripts_take_their_session_along() {
    let server = TestServer::start();
    let reply = server.client().execute(
        "said = []\n\
         def alone():\n    \
             try:\n        \
                 GB('ShardsIDReader')\n    \
             except Exception as e:\n        \
                 said.append(str(e))\n\
         def along(session):\n    \
             setGearsSession(session)\n    \
             GB('ShardsIDReader')\n    \
             said.append(execute('PING'))\n\
         def f(r):\n    \
             for thread in Thread(target=alone), Thread(target=along, args=(getGearsSession(),)):\n        \
                 thread.start()\n        \
                 thread.join()\n    \
             return said\n\
         GB('ShardsIDReader').map(f).run()",
    );
    assert_eq!(
        reply,
        r#"[[$"['Can not create a gearsCtx on a python created thread', 'PONG']"], []]"#
    );
}

#[test]
fn timers_fire_until_their_key_is_gone() {
    let server = TestServer::start();
    let mut client = server.client();
    let (key, count) = (server.name("timer"), server.name("count"));
    let reply = client.execute(&format!(
        "def tick():\n    \
             execute('INCR', '{count}')\n\
         def f(r):\n    \
             return [registerTE(1, tick, '{key}'), registerTE(1, tick, '{key}')]\n\
         GB('ShardsIDReader').map(f).run()"
    ));
    assert_eq!(reply, r#"[[$"[True, False]"], []]"#);
    until("a tick", || {
        (ask!(client, "EXISTS", &count) == ":1").then_some(())
    });
    ask!(client, "DEL", &key);
    for (arguments, text) in [
        ("1", "not enough arguments for time event"),
        ("1, 2", "callback must be a function"),
        ("'1', lambda: 1", "time argument must be a long"),
    ] {
        let reply = client.execute(&format!("registerTE({arguments})"));
        assert!(reply.contains(text), "{reply}");
    }
}

#[test]
fn standard_streams_stay_open() {
    let server = TestServer::start();
    let mut client = server.client();
    let closed = client.execute(
        "sys.stdout.close()\n\
         sys.stderr.close()\n\
         sys.stdin.close()\n\
         print('still here')\n\
         import os\n\
         os.fstat(0), os.fstat(1), os.fstat(2)",
    );
    assert_eq!(closed, "+OK");
    assert!(client.execute("exit()").contains("SystemExit"));
    assert_eq!(client.execute("print('still here')"), "+OK");
}

#[test]
fn function_that_triggers_itself_ends_in_an_error() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("self");
    client.install(&format!(
        "deep = []\n\
         def f(r):\n    \
             deep.append(1)\n    \
             return execute('RG.TRIGGER', '{name}')\n\
         GB('CommandReader').map(f).register(trigger='{name}', mode='sync')\n\
         GB('CommandReader').map(lambda r: len(deep)).register(trigger='{name}-deep', mode='sync')"
    ));
    let reply = client.trigger(&name, &[]);
    assert!(reply.starts_with("-['Traceback"), "{reply}");
    let deep = client.trigger(&format!("{name}-deep"), &[]);
    assert_eq!(deep, r#"[$"257"]"#);
}

#[test]
fn memory_limit_ends_what_asks_for_more() {
    let server = TestServer::of(Server::builder().engine_args([
        "PythonMemoryLimit",
        "200000000",
        // On a busy machine the memory is not full when the usual time is up.
        "SyncDeadline",
        "100000",
    ]));
    let mut client = server.client();
    for greedy in [
        "found.append([0] * 125_000_000)",
        "found.append([0] * 1_000_000)",
        "found.append({})",
        "found.append(str(len(found)))",
    ] {
        for definition in ["def", "async def"] {
            let reply = client.execute(&format!(
                "{definition} f(r):\n    \
                     found = []\n    \
                     while True:\n        \
                         {greedy}\n\
                 GB('ShardsIDReader').map(f).run()"
            ));
            assert!(
                reply.contains("MemoryError") || reply.contains("PythonMemoryLimit"),
                "{greedy}: {reply}"
            );
        }
        let reply = client.execute(&format!("found = []\nwhile True:\n    {greedy}"));
        assert!(
            reply.contains("MemoryError") || reply.contains("PythonMemoryLimit"),
            "{greedy}: {reply}"
        );
    }
    let caught = client.execute(
        "def f(r):\n    \
             try:\n        \
                 return [0] * 125_000_000\n    \
             except MemoryError:\n        \
                 return 'caught'\n\
         GB('ShardsIDReader').map(f).run()",
    );
    assert_eq!(caught, r#"[[$"caught"], []]"#);
}

#[test]
fn profile_shows_the_functions_of_a_session() {
    let server = TestServer::private();
    let mut client = server.client();
    ask!(client, "RG.CONFIGSET", "ProfileExecutions", "1");
    let script = "def busy(n):\n    return sum(range(n))\n\
                  async def later(r):\n    return busy(10)\n\
                  GB('CommandReader').map(later).register(trigger='later', mode='async_local')\n\
                  GB('CommandReader').map(lambda r: busy(5)).register(trigger='now', mode='sync')";
    assert_eq!(ask!(client, "RG.PYEXECUTE", script, "ID", "p"), "+OK");
    // A profiler and a function that was ended by force go together.
    let ended = client.execute(
        "def f(r):\n    \
             while True:\n        \
                 pass\n\
         GB('ShardsIDReader').map(f).run(timeout_ms=100)",
    );
    assert!(ended.contains("forcestopped"), "{ended}");
    for trigger in ["later", "now"] {
        client.trigger(trigger, &[]);
    }
    let profile = ask!(client, "RG.PYPROFILE", "STATS", "p");
    assert!(profile.contains("function calls"), "{profile}");
    assert!(profile.contains("(busy)"), "{profile}");
    assert_eq!(ask!(client, "RG.PYPROFILE", "RESET", "p"), "+OK");
    let profile = ask!(client, "RG.PYPROFILE", "STATS", "p");
    assert!(!profile.contains("(busy)"), "{profile}");
    assert!(ask!(client, "RG.PYPROFILE", "STATS").contains("wrong number of arguments"));
}

#[test]
fn key_names_are_read_without_their_values() {
    let server = TestServer::start();
    let mut client = server.client();
    let prefix = server.name("key:");
    for number in 0..3 {
        ask!(client, "SADD", format!("{prefix}{number}"), "member");
    }
    let count = format!("GB('KeysOnlyReader').count().run('{prefix}*')");
    assert_eq!(client.execute(&count), r#"[[$"3"], []]"#);
    let exact = format!("GB('KeysOnlyReader').run('{prefix}1', noScan=True)");
    assert_eq!(client.execute(&exact), format!("[[$\"{prefix}1\"], []]"));
    // SCAN refuses the count when it is run, not before.
    for (count, error) in [
        ("'x'", "ERR value is not an integer"),
        ("0", "ERR syntax error"),
    ] {
        let script = format!("GB('KeysOnlyReader').run('*', count={count})");
        let reply = client.execute(&script);
        assert!(reply.starts_with("[[], [$"), "{reply}");
        assert!(reply.contains(error), "{reply}");
    }
    let refused = client.execute("GB('KeysOnlyReader').run('*', mode='async_local')");
    assert!(
        refused.contains("got an unexpected keyword argument 'mode'"),
        "{refused}"
    );
}

/// Spec section 2.2: scripts see what RedisGears' core does not know itself.
#[test]
fn scripts_see_the_settings_that_are_kept_for_them() {
    let server = TestServer::private();
    let mut client = server.client();
    let seen = "GB('ShardsIDReader').map(lambda r: configGet('PythonAttemptTraceback')).run()";
    assert_eq!(client.execute(seen), r#"[[$"1"], []]"#);
    let kept = "[+OK - value was saved in extra config dictionary]";
    assert_eq!(
        ask!(client, "RG.CONFIGSET", "PythonAttemptTraceback", "7"),
        kept
    );
    assert_eq!(client.execute(seen), r#"[[$"7"], []]"#);
    assert_eq!(
        ask!(client, "RG.CONFIGGET", "PythonAttemptTraceback"),
        "[:1]"
    );
}

#[test]
fn scripts_and_their_programs_see_the_environment_of_the_server() {
    let server = TestServer::of(Server::builder().env("GEARS_TOLD", "näh = 'x'"));
    let reply = server.client().execute(
        "import os, subprocess\n\
         def tell(_):\n    \
             seen = subprocess.run(['sh', '-c', 'echo $GEARS_TOLD'], capture_output=True)\n    \
             return [os.environ['GEARS_TOLD'], seen.stdout.decode().strip()]\n\
         GB('ShardsIDReader').map(tell).run(convertToStr=False)",
    );
    assert_eq!(reply, "[[[$\"näh = 'x'\", $\"näh = 'x'\"]], []]");
}

#[test]
fn modules_of_the_engine_are_stored_by_their_names() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("tensor");
    client.install(&format!(
        "import redisAI, redisgears, rg\n\
         def f(r): return [redisgears.hashtag, rg.hashtag, redisAI.createTensorFromValues(1)]\n\
         GB('CommandReader').map(f).register(trigger='{name}')"
    ));
    let reply = client.trigger(&name, &[]);
    assert!(reply.contains("RedisAI is not loaded"), "{reply}");
}
