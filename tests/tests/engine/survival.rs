//! What must not end or stop the server.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;

use gears_tests::{TestServer, ask, until};

#[test]
fn endless_loop_on_a_worker_does_not_stop_others() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "def forever(record):\n    \
             while True:\n        \
                 pass\n\
         GB('CommandReader').map(forever).register(trigger='forever', mode='async_local')\n\
         GB('CommandReader').map(lambda r: 'done').register(trigger='local', mode='async_local')\n\
         GB('CommandReader').map(lambda r: 'done').register(trigger='sync', mode='sync')",
    );
    let mut stuck = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    stuck
        .send_packed_command(&redis::cmd("RG.TRIGGER").arg("forever").get_packed_command())
        .unwrap();
    until("registration that is running", || {
        let registration = client.registration("forever").unwrap();
        gears_tests::show(&registration)
            .contains(r#"$"numTriggered", :1"#)
            .then_some(())
    });
    for _ in 0..10 {
        assert_eq!(ask!(client, "SET", "key", "value"), "+OK");
        assert_eq!(client.trigger("local", &[]), r#"[$"done"]"#);
        assert_eq!(client.trigger("sync", &[]), r#"[$"done"]"#);
        client.install("x = 1");
    }
    let unrelated = client.execute("GB('ShardsIDReader').run()");
    assert_eq!(unrelated, r#"[[$"1"], []]"#);
    // With the loop in it.
    server.kill();
}

#[test]
fn sleeping_function_does_not_stop_others() {
    let server = TestServer::start();
    let mut client = server.client();
    let (name, begun, end) = (server.name("t"), server.name("begun"), server.name("end"));
    client.install(&format!(
        "import time\n\
         def sleep(r):\n    \
             execute('SET', '{begun}', 'yes')\n    \
             while not execute('GET', '{end}'):\n        \
                 time.sleep(0.05)\n\
         GB('CommandReader').foreach(sleep).register(trigger='{name}', mode='async_local')"
    ));
    thread::scope(|scope| {
        let sleeping = scope.spawn(|| server.client().trigger(&name, &[]));
        until("beginning", || {
            (ask!(client, "GET", begun) != "nil").then_some(())
        });
        assert!(!sleeping.is_finished());
        assert_eq!(ask!(client, "SET", end, "yes"), "+OK");
    });
    assert_eq!(ask!(client, "DEL", begun, end), ":2");
}

#[test]
fn log_lines_are_no_formats() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install(
        "log('%s%n%d 100% sure')\n\
         log('café 世界')\n\
         log('nul:\\x00:end')\n\
         log('first line\\nsecond line')\n\
         log('surrogate \\udc80 end')\n\
         log('x' * 100000)\n\
         for level in ('debug', 'verbose', 'notice', 'warning'):\n    \
             log('level ' + level, level=level)\n\
         log('warning', 'old order')\n\
         log('')",
    );
    let log = server.log().unwrap();
    for text in [
        "GEARS: %s%n%d 100% sure",
        "GEARS: café 世界",
        "GEARS: nul:",
        "first line",
        "second line",
        "GEARS: surrogate",
        "GEARS: xxxxxxxx",
        "GEARS: level notice",
        "GEARS: level warning",
        "GEARS: old order",
    ] {
        assert!(log.contains(text), "{text} is not in the log:\n{log:.5000}");
    }
    for (call, message) in [
        ("log(1)", "Log message must be a string"),
        ("log()", "log function must get a log message as input"),
        (
            "log('a', 'b', 'c')",
            "log function must get a log message as input",
        ),
        (
            "log('a', level='loud')",
            "Log level should be one of the following : debug,verbose,notice,warning",
        ),
    ] {
        let reply = client.execute(call);
        assert!(
            reply.contains(&format!("gears.error: {message}")),
            "{call}: {reply}"
        );
    }
}

#[test]
fn log_works_from_workers() {
    let server = TestServer::private();
    let mut client = server.client();
    let name = server.name("t");
    client.install(&format!(
        "GB('CommandReader').foreach(lambda r: log(r[1])).register(trigger='{name}', \
         mode='async_local')"
    ));
    client.trigger(&name, &[b"%s%n from a worker"]);
    let log = server.log().unwrap();
    assert!(log.contains("GEARS: %s%n from a worker"), "{log}");
}

#[test]
fn closed_streams_and_prints_do_no_harm() {
    let server = TestServer::private();
    let mut client = server.client();
    client.install("print('hello', flush=True)");
    client.install("import sys\nsys.stdout.close()\nsys.stderr.close()\nsys.stdin = None");
    client.execute("print('nobody hears this')");
    let reply = client.execute("1/0");
    assert!(reply.contains("ZeroDivisionError"), "{reply}");
}

#[test]
fn interpreter_of_the_server_cannot_be_taken_down() {
    let server = TestServer::private();
    let mut client = server.client();
    for script in [
        "import atexit\natexit.register(lambda: 1/0)",
        "import sys\nsys.setrecursionlimit(50)\nsys.setrecursionlimit(1000)",
        "import gc\ngc.collect()",
        "import threading\nthreading.Thread(target=lambda: 1/0).start()",
        "import threading\nthreading.Thread(target=lambda: execute('PING')).start()",
        "import sys\nsys.modules.clear()",
        "globals().clear()",
        "del GB, GearsBuilder, execute",
        "raise BaseException('base')",
        "import signal\nsignal.signal(signal.SIGTERM, lambda *a: None)",
    ] {
        client.execute(script);
        assert_eq!(ask!(client, "PING"), "+PONG", "{script}");
    }
}

#[test]
fn saving_forks_without_harm() {
    let server = TestServer::private();
    let mut client = server.client();
    let name = server.name("t");
    client.install(&format!(
        "GB('CommandReader').map(lambda r: sum(range(1000))).register(trigger='{name}')"
    ));
    for _ in 0..3 {
        let saving = ask!(client, "BGSAVE");
        assert!(saving.starts_with('+'), "{saving}");
        for _ in 0..100 {
            assert_eq!(client.trigger(&name, &[]), r#"[$"499500"]"#);
        }
        until("end of the save", || {
            ask!(client, "INFO", "persistence")
                .contains("rdb_bgsave_in_progress:0")
                .then_some(())
        });
    }
    assert!(ask!(client, "INFO", "persistence").contains("rdb_last_bgsave_status:ok"));
}

#[test]
fn hostile_builders_are_refused() {
    let server = TestServer::start();
    let mut client = server.client();
    for script in [
        "GB('ShardsIDReader').accumulate(lambda: 1).run()",
        "GB('ShardsIDReader').map(lambda r: (yield)).run()",
        "b = GB('ShardsIDReader')\nb.map(lambda r: b.map(lambda x: x)).run()",
        "b = GB('ShardsIDReader')\nb.map(lambda r: b.run()).run()",
        "GB('ShardsIDReader').groupby(lambda r: r, lambda k, a, r: 1/0).run()",
        "GB('ShardsIDReader').map(lambda r: GB).run()",
        "GB('ShardsIDReader').map(lambda r: [object()] * 3).run(convertToStr=False)",
        "GB('ShardsIDReader').limit(2**70).run()",
        "GB('ShardsIDReader').limit(-2**63, 2**63 - 1).run()",
        "GB('CommandReader').register(trigger='a\\x00b' * 3, mode='sync', prefix=object())\n1/0",
        "GB.__new__(GB)",
        "GB('ShardsIDReader', desc='\\udc80').run()",
        "GB('\\udc80')",
        "class Sub(GB): pass",
    ] {
        client.execute(script);
        assert_eq!(ask!(client, "PING"), "+PONG", "{script}");
    }
}

/// Registers functions that take a while, and returns their trigger for a mode.
fn nap(server: &TestServer, mode: &str) -> String {
    let name = server.name(&format!("nap-{mode}"));
    server.client().install(&format!(
        "import time\n\
         GB('CommandReader').foreach(lambda r: time.sleep(float(r[1]))).map(lambda r: 'slept')\
         .register(trigger='{name}', mode='{mode}')"
    ));
    name
}

#[test]
fn waiting_clients_can_be_unblocked_and_killed() {
    let server = TestServer::start();
    let (name, go, ended) = (server.name("wait"), server.name("go"), server.name("ended"));
    let mut admin = server.client();
    admin.install(&format!(
        "import time\n\
         def wait(r):\n    \
             while not execute('EXISTS', r[1]):\n        \
                 time.sleep(0.01)\n    \
             execute('INCR', '{ended}')\n\
         GB('CommandReader').foreach(wait).map(lambda r: 'waited')\
         .register(trigger='{name}', mode='async_local')"
    ));
    for (place, order) in [&["UNBLOCK"][..], &["UNBLOCK", "ERROR"], &["KILL"]]
        .into_iter()
        .enumerate()
    {
        let go = format!("{go}:{place}");
        let mut waiting = redis::Client::open(server.url())
            .unwrap()
            .get_connection()
            .unwrap();
        waiting
            .set_read_timeout(Some(gears_tests::DEADLINE))
            .unwrap();
        let id: u64 = redis::cmd("CLIENT").arg("ID").query(&mut waiting).unwrap();
        let id = id.to_string();
        let call = redis::cmd("RG.TRIGGER")
            .arg(&name)
            .arg(&go)
            .get_packed_command();
        waiting.send_packed_command(&call).unwrap();
        until("client that waits", || {
            let clients = ask!(admin, "CLIENT", "LIST", "ID", id);
            clients.contains("flags=b").then_some(())
        });
        match order {
            ["UNBLOCK"] => ask!(admin, "CLIENT", "UNBLOCK", id),
            ["UNBLOCK", how] => ask!(admin, "CLIENT", "UNBLOCK", id, how),
            _ => ask!(admin, "CLIENT", "KILL", "ID", id),
        };
        assert_eq!(ask!(admin, "SET", &go, "1"), "+OK");
        // Whatever comes, or a closed connection: the call ends for the client.
        let reply = waiting.recv_response();
        assert!(!reply.is_err_and(|error| error.is_timeout()), "{order:?}");
        // The worker is free again, and knows no client that is gone.
        let reply = admin.trigger(&name, &[go.as_bytes()]);
        assert_eq!(reply, r#"[$"waited"]"#, "{order:?}");
        // Those that nobody waits for have ended as well.
        let all = format!("${:?}", (2 * (place + 1)).to_string());
        until("end of the functions", || {
            (ask!(admin, "GET", &ended) == all).then_some(())
        });
        assert_eq!(ask!(admin, "DEL", go), ":1");
    }
    assert_eq!(ask!(admin, "DEL", ended), ":1");
}

#[test]
fn shutdown_does_not_wait_for_functions() {
    let server = TestServer::private();
    let socket = server.url().trim_start_matches("unix://").to_owned();
    let mut client = server.client();
    client.install(
        "def forever(record):\n    \
             while True:\n        \
                 pass\n\
         GB('CommandReader').map(forever).register(trigger='forever', mode='async_local')",
    );
    let name = nap(&server, "async_local");
    let mut stuck = Vec::new();
    for words in [&["forever"][..], &[&name, "60"]] {
        let mut connection = redis::Client::open(server.url())
            .unwrap()
            .get_connection()
            .unwrap();
        let call = redis::cmd("RG.TRIGGER").arg(words).get_packed_command();
        connection.send_packed_command(&call).unwrap();
        stuck.push(connection);
    }
    until("registration that is running", || {
        let registration = client.registration(&name).unwrap();
        gears_tests::show(&registration)
            .contains(r#"$"numTriggered", :1"#)
            .then_some(())
    });
    let mut connection = redis::Client::open(server.url())
        .unwrap()
        .get_connection()
        .unwrap();
    let shutdown = redis::cmd("SHUTDOWN").arg("NOSAVE").get_packed_command();
    connection.send_packed_command(&shutdown).unwrap();
    until("end of the server", || {
        UnixStream::connect(&socket).is_err().then_some(())
    });
    // The log tells whether it ended well.
    let log = server.log().unwrap();
    assert!(!log.contains("crashed by signal"), "{log}");
    server.kill();
}

#[test]
fn new_protocol_gets_the_same_replies() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("t");
    client.install(&format!(
        "GB('CommandReader').flatmap(lambda r: ['+ok', '-no', 1, b'b', [1.5]]).register(\
         trigger='{name}', convertToStr=False)"
    ));
    let expected = client.trigger(&name, &[]);
    let hello = client.value(&[b"HELLO", b"3"]);
    assert!(matches!(hello, redis::Value::Map(_)), "{hello:?}");
    assert_eq!(client.trigger(&name, &[]), expected);
    assert_eq!(
        client.trigger(&server.name("none"), &[]),
        "-ERR subcommand not found"
    );
    assert!(client.execute("1/0").starts_with("-['Traceback"));
    assert!(client.registration(&name).is_some());
    assert_eq!(
        client.execute("GB('ShardsIDReader').run()"),
        r#"[[$"1"], []]"#
    );
}

/// Valkey 9 lets no client of the third protocol wait while it is subscribed.
#[test]
fn subscribed_clients_are_answered() {
    let server = TestServer::private();
    server.client().install(
        "GB('CommandReader').map(lambda r: 1).register(trigger='worker', mode='async_local')",
    );
    let url = server.url();
    let path = url
        .strip_prefix("redis+unix://")
        .or(url.strip_prefix("unix://"));
    let mut stream = UnixStream::connect(path.unwrap()).unwrap();
    let commands = "HELLO 3\r\nSUBSCRIBE channel\r\nRG.TRIGGER worker\r\nRG.PYEXECUTE GB().run()\r\n\
                    RG.PYEXECUTE 1\r\nPING the-end\r\n";
    stream.write_all(commands.as_bytes()).unwrap();
    let mut replies = String::new();
    let mut chunk = [0; 4096];
    while !replies.contains("the-end") {
        let length = stream.read(&mut chunk).unwrap();
        assert!(length > 0, "{replies}");
        replies.push_str(&String::from_utf8_lossy(&chunk[..length]));
    }
    let (_, after) = replies.split_once("channel\r\n:1\r\n").unwrap();
    let waits = "*1\r\n$1\r\n1\r\n*2\r\n*0\r\n*0\r\n";
    let error = "-ERR a client that is subscribed cannot wait here, use another connection\r\n";
    assert!(
        after.starts_with(waits) || after.starts_with(&error.repeat(2)),
        "{after:?}"
    );
    assert_eq!(ask!(server.client(), "PING"), "+PONG");
}
