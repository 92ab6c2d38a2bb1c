//! What administrators do to a server with gears, and what they are told.

use std::thread;

use gears_runtime::embedded::Server;
use gears_tests::{Client, TestServer, ask, lives, show, until};
use redis::Value;

fn private(arguments: &[&str]) -> TestServer {
    TestServer::of(Server::builder().engine_args(arguments))
}

/// Whether the server can run commands as a user, by its own version.
fn has_users(client: &mut Client) -> bool {
    let info = ask!(client, "INFO", "server");
    info.contains("valkey_version") || !info.contains("redis_version:6.")
}

fn user(server: &TestServer, name: &str) -> Client {
    let mut client = server.client();
    assert_eq!(ask!(client, "AUTH", name, "pw"), "+OK");
    client
}

#[test]
fn commands_of_a_function_have_the_permissions_of_who_triggered_it() {
    let server = TestServer::private();
    let mut client = server.client();
    if !has_users(&mut client) {
        assert!(
            server
                .log()
                .unwrap()
                .contains("cannot run commands as a user")
        );
        return;
    }
    client.install(
        "import threading\n\
         def run(record):\n    \
             return execute(*record[1:])\n\
         async def task(record):\n    \
             return run(record)\n\
         def thread(record):\n    \
             out = []\n    \
             def body():\n        \
                 try: out.append(run(record))\n        \
                 except Exception as error: out.append(str(error))\n    \
             threads = [threading.Thread(target=body)]\n    \
             threads[0].start()\n    \
             threads[0].join()\n    \
             return out[0]\n\
         for name, function, mode in [\n    \
                 ('sync', run, 'sync'), ('async', run, 'async_local'),\n    \
                 ('task', task, 'async_local'), ('thread', thread, 'async_local')]:\n    \
             GB('CommandReader').map(function).register(trigger=name, mode=mode)",
    );
    ask!(client, "SET", "mine:1", "one");
    ask!(client, "SET", "other", "two");
    ask!(
        client,
        "ACL",
        "SETUSER",
        "bob",
        "on",
        ">pw",
        "~mine:*",
        "+rg.trigger",
        "+get"
    );
    let mut bob = user(&server, "bob");
    for trigger in ["sync", "async", "task", "thread"] {
        assert_eq!(client.trigger(trigger, &[b"GET", b"other"]), r#"[$"two"]"#);
        assert_eq!(bob.trigger(trigger, &[b"GET", b"mine:1"]), r#"[$"one"]"#);
        for denied in [&[&b"GET"[..], b"other"], &[&b"DEL"[..], b"mine:1"]] {
            let reply = bob.trigger(trigger, denied);
            assert!(reply.contains("NOPERM User bob"), "{trigger}: {reply}");
        }
        // Through another function, too.
        let reply = bob.trigger(trigger, &[b"RG.TRIGGER", b"sync", b"GET", b"other"]);
        assert!(reply.contains("NOPERM"), "{trigger}: {reply}");
    }
    let reply = bob.execute("1");
    assert!(reply.starts_with("-NOPERM"), "{reply}");
}

#[test]
fn events_have_the_permissions_of_who_registered() {
    let server = TestServer::private();
    let mut client = server.client();
    if !has_users(&mut client) {
        return;
    }
    ask!(
        client,
        "ACL",
        "SETUSER",
        "ann",
        "on",
        ">pw",
        "~ann:*",
        "+rg.pyexecute",
        "+set"
    );
    user(&server, "ann").install(
        "def seen(record):\n    \
             execute('SET', 'ann:' + record['key'], '1')\n    \
             execute('SET', 'other', '1')\n\
         GB('KeysReader').foreach(seen).register(prefix='now*', mode='sync')\n\
         GB('KeysReader').foreach(seen).register(prefix='later*', mode='async_local')",
    );
    for key in ["now1", "later1"] {
        ask!(client, "SET", key, "x");
        until("event", || {
            (ask!(client, "EXISTS", format!("ann:{key}")) == ":1").then_some(())
        });
    }
    let errors = until("failures", || {
        let registrations = client.registrations();
        let text: String = registrations.iter().map(show).collect();
        (text.matches("NOPERM User ann").count() >= 2).then_some(text)
    });
    assert!(errors.contains("NOPERM User ann"));
    assert_eq!(ask!(client, "EXISTS", "other"), ":0");
    // Without her, her functions may nothing.
    assert_eq!(ask!(client, "ACL", "DELUSER", "ann"), ":1");
    ask!(client, "SET", "now2", "x");
    until("failure", || {
        let text: String = client.registrations().iter().map(show).collect();
        text.contains("User ann does not exist any more")
            .then_some(())
    });
    assert_eq!(ask!(client, "EXISTS", "ann:now2"), ":0");
}

#[test]
fn info_tells_calls_failures_and_times_of_each_function() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "import time\n\
         def sometimes(record):\n    \
             time.sleep(0.002)\n    \
             if record[1] == 'no': raise ValueError('no')\n\
         GB('CommandReader', desc='a,b').foreach(sometimes).register(trigger='some', mode='sync')",
    );
    for argument in ["yes", "no", "yes"] {
        client.trigger("some", &[argument.as_bytes()]);
    }
    let info = ask!(client, "INFO", "everything");
    assert!(
        info.contains("# rg\\r\\nrg_nexecutions:0\\r\\nrg_nregistrations:1"),
        "{info}"
    );
    assert!(
        info.contains("desc=a|b,reader=CommandReader,mode=sync,numTriggered=3"),
        "{info}"
    );
    assert!(
        info.contains("rg_GearsPythonPlugin:version=10000"),
        "{info}"
    );
    assert!(info.contains("rg_queue_length_limit:1048576"), "{info}");
    assert!(info.contains("calls=3,failures=1,p50_usec="), "{info}");
    assert!(info.contains(",kept=0,overdue=0,total_usec="), "{info}");
    assert!(!info.contains("p50_usec=0"), "{info}");
    let log = server.log().unwrap();
    assert!(log.contains("gears event=register id="), "{log}");
    assert!(
        log.contains("event=failure") && log.contains("name=some"),
        "{log}"
    );
}

#[test]
fn slow_functions_are_in_the_slow_log_and_among_the_latencies() {
    let server = TestServer::private();
    let mut client = server.client();
    ask!(client, "CONFIG", "SET", "slowlog-log-slower-than", "5000");
    ask!(client, "CONFIG", "SET", "latency-monitor-threshold", "5");
    client.install(
        "import time\n\
         def slow(record): time.sleep(0.02)\n\
         GB('CommandReader').foreach(slow).register(trigger='slowsync', mode='sync')\n\
         GB('CommandReader').foreach(slow).register(trigger='slowasync', mode='async_local')",
    );
    client.trigger("slowsync", &[]);
    client.trigger("slowasync", &[]);
    let slow = ask!(client, "SLOWLOG", "GET");
    assert!(
        slow.contains("slowsync") && slow.contains("slowasync"),
        "{slow}"
    );
    let latency = ask!(client, "LATENCY", "LATEST");
    assert!(latency.contains("gears-sync"), "{latency}");
}

#[test]
fn settings_are_among_those_of_the_server() {
    let server = private(&["MaxExecutions", "7", "ReplyShapes", "1.0"]);
    let mut client = server.client();
    if !has_users(&mut client) {
        assert_eq!(ask!(client, "CONFIG", "GET", "rg.*"), "[]");
        return;
    }
    assert_eq!(
        ask!(client, "CONFIG", "GET", "rg.maxexecutions"),
        r#"[$"rg.maxexecutions", $"7"]"#
    );
    assert_eq!(
        ask!(client, "CONFIG", "SET", "rg.maxexecutions", "9"),
        "+OK"
    );
    assert_eq!(ask!(client, "RG.CONFIGGET", "MaxExecutions"), "[:9]");
    assert_eq!(ask!(client, "RG.CONFIGSET", "MaxExecutions", "11"), "[+OK]");
    assert_eq!(
        ask!(client, "CONFIG", "GET", "rg.maxexecutions"),
        r#"[$"rg.maxexecutions", $"11"]"#
    );
    for (name, value) in [
        ("rg.executionthreads", "9"),
        ("rg.replyshapes", "1.2"),
        ("rg.executionqueue", "0"),
    ] {
        let reply = ask!(client, "CONFIG", "SET", name, value);
        assert!(reply.starts_with("-ERR"), "{name}: {reply}");
    }
    let shapes = ask!(client, "CONFIG", "GET", "rg.replyshapes");
    assert!(shapes.contains(r#"$"1.0""#), "{shapes}");
}

#[test]
fn full_queue_is_an_error() {
    let server = private(&["ExecutionThreads", "1", "ExecutionQueue", "1"]);
    let mut client = server.client();
    client.install(
        "import time\n\
         def wait(record):\n    \
             while not execute('EXISTS', 'go'): time.sleep(0.01)\n\
         GB('CommandReader').foreach(wait).register(trigger='t', mode='async_local')",
    );
    let replies = thread::scope(|scope| {
        let calls: Vec<_> = (0..6)
            .map(|_| {
                let mut client = server.client();
                scope.spawn(move || client.trigger("t", &[]))
            })
            .collect();
        // The others end when they may.
        until("call that is refused", || {
            calls.iter().any(|call| call.is_finished()).then_some(())
        });
        ask!(client, "SET", "go", "1");
        let replies: Vec<_> = calls.into_iter().map(|call| call.join().unwrap()).collect();
        replies
    });
    let full = "-ERR too many executions are waiting, try again when some have ended";
    assert!(replies.iter().any(|reply| reply == full), "{replies:?}");
    assert!(replies.iter().any(|reply| reply != full), "{replies:?}");
}

#[test]
fn shapes_of_redisgears_1_0() {
    let server = private(&["ReplyShapes", "1.0"]);
    let mut client = server.client();
    client.install("GB('CommandReader').register(trigger='t')");
    let entry = show(&client.registrations()[0]);
    assert!(
        entry.contains("'sessionId':") && !entry.contains("ExecutionThreadPool"),
        "{entry}"
    );
    assert!(entry.contains(r#"$"args", [$"trigger", $"t"]]"#), "{entry}");
    assert!(!entry.contains("lastRunDurationMS"), "{entry}");
}

#[test]
fn what_was_aborted_is_done_to_clients_of_redisgears_1_0() {
    for (arguments, status) in [(&[][..], "aborted"), (&["ReplyShapes", "1.0"], "done")] {
        let server = private(arguments);
        let mut client = server.client();
        let script = "import time\nGB('ShardsIDReader')\
                      .foreach(lambda r: [time.sleep(0.01) for _ in range(9999)]).run()";
        let script = script.as_bytes();
        let Value::BulkString(id) = client.value(&[b"RG.PYEXECUTE", script, b"UNBLOCKING"]) else {
            panic!("no id");
        };
        until("running function", || {
            let listed = ask!(client, "RG.DUMPEXECUTIONS");
            listed.contains("running").then_some(())
        });
        assert_eq!(ask!(client, "RG.ABORTEXECUTION", id), "+OK");
        let status = format!("$\"status\", $\"{status}\"");
        let listed = ask!(client, "RG.DUMPEXECUTIONS");
        assert!(listed.contains(&status), "{listed}");
        let plan = ask!(client, "RG.GETEXECUTION", id);
        assert!(plan.contains(&status), "{plan}");
    }
}

#[test]
fn data_may_go_away_while_it_is_read() {
    let server = TestServer::private();
    let mut client = server.client();
    for number in 0..2_000 {
        ask!(client, "SET", format!("key:{number}"), "x");
    }
    let reply = client.execute(
        "def gone(record):\n    \
             execute('FLUSHALL')\n    \
             return record['key']\n\
         GB('KeysReader').map(gone).count().run()",
    );
    assert!(reply.starts_with("[["), "{reply}");
    assert_eq!(ask!(client, "DBSIZE"), ":0");

    let reply = thread::scope(|scope| {
        for number in 0..2_000 {
            ask!(client, "SET", format!("key:{number}"), "x");
        }
        let mut other = server.client();
        let running = scope.spawn(move || {
            other.execute(
                "import time\n\
                 def wait(record):\n    \
                     while execute('DBSIZE'): time.sleep(0.005)\n\
                 GB('KeysReader').foreach(wait).count().run()",
            )
        });
        until("execution", || {
            let executions = ask!(client, "RG.DUMPEXECUTIONS");
            executions.contains("running").then_some(())
        });
        ask!(client, "FLUSHALL");
        running.join().unwrap()
    });
    assert!(reply.starts_with("[["), "{reply}");
}

#[test]
fn function_may_take_itself_out() {
    let server = TestServer::private();
    let mut client = server.client();
    for mode in ["sync", "async_local"] {
        client.install(&format!(
            "def leave(record):\n    \
                 for entry in execute('RG.DUMPREGISTRATIONS'):\n        \
                     execute('RG.UNREGISTER', entry[1], 'ABORTPENDING')\n    \
                 return 'left'\n\
             GB('CommandReader').map(leave).register(trigger='leave', mode='{mode}')"
        ));
        assert_eq!(client.trigger("leave", &[]), r#"[$"left"]"#, "{mode}");
        assert_eq!(client.trigger("leave", &[]), "-ERR subcommand not found");
    }
}

#[test]
fn clients_may_vanish_while_they_wait() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "import time\n\
         def wait(record):\n    \
             execute('INCR', 'begun')\n    \
             while not execute('EXISTS', 'gone'): time.sleep(0.01)\n\
         GB('CommandReader').foreach(wait).register(trigger='t', mode='async_local')",
    );
    for (kill, begun) in [(false, "$\"1\""), (true, "$\"2\"")] {
        let mut gone = redis::Client::open(server.url())
            .unwrap()
            .get_connection()
            .unwrap();
        gone.send_packed_command(&redis::cmd("RG.TRIGGER").arg("t").get_packed_command())
            .unwrap();
        until("function that runs", || {
            (ask!(client, "GET", "begun") == begun).then_some(())
        });
        if kill {
            ask!(client, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        }
        drop(gone);
    }
    ask!(client, "SET", "gone", "1");
    until("end of both", || {
        let registration = show(&client.registration("t").unwrap());
        registration.contains(r#"$"numSuccess", :2"#).then_some(())
    });
}

#[test]
fn server_shuts_down_while_functions_run() {
    let mut server = TestServer::private();
    let mut client = server.client();
    client.install(
        "import time\n\
         GB('CommandReader').foreach(lambda r: (execute('SET', 'begun', '1'), time.sleep(5)))\
         .register(trigger='t', mode='async_local')",
    );
    let mut waiting = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    waiting
        .send_packed_command(&redis::cmd("RG.TRIGGER").arg("t").get_packed_command())
        .unwrap();
    until("function that runs", || {
        (ask!(client, "EXISTS", "begun") == ":1").then_some(())
    });
    let pid = server.private_mut().pid().unwrap();
    let log = server.private_mut().folder().to_owned();
    let _ = redis::cmd("SHUTDOWN").arg("NOSAVE").query::<()>(
        &mut redis::Client::open(server.url())
            .unwrap()
            .get_connection()
            .unwrap(),
    );
    until("end of the server", || (!lives(pid)).then_some(()));
    let said = server.log().unwrap();
    assert!(
        !said.contains("crashed by signal"),
        "{}: {said}",
        log.display()
    );
    server.kill();
}
