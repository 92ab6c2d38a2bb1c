//! What must not end or stop the server.

use std::thread;
use std::time::{Duration, Instant};

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
    let start = Instant::now();
    for _ in 0..10 {
        assert_eq!(ask!(client, "SET", "key", "value"), "+OK");
        assert_eq!(client.trigger("local", &[]), r#"[$"done"]"#);
        assert_eq!(client.trigger("sync", &[]), r#"[$"done"]"#);
        client.install("x = 1");
    }
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    let unrelated = client.execute("GB('ShardsIDReader').run()");
    assert_eq!(unrelated, r#"[[$"1"], []]"#);
    // With the loop in it.
    server.kill();
}

#[test]
fn sleeping_function_does_not_stop_others() {
    let server = TestServer::start();
    let mut client = server.client();
    let name = server.name("t");
    client.install(&format!(
        "import time\n\
         GB('CommandReader').foreach(lambda r: time.sleep(0.5)).register(trigger='{name}', \
         mode='async_local')"
    ));
    thread::scope(|scope| {
        let sleeping = scope.spawn(|| server.client().trigger(&name, &[]));
        while !sleeping.is_finished() {
            let start = Instant::now();
            assert_eq!(ask!(client, "PING"), "+PONG");
            assert!(
                start.elapsed() < Duration::from_millis(400),
                "{:?}",
                start.elapsed()
            );
        }
    });
}

#[test]
fn module_stays_loaded() {
    let server = TestServer::private();
    let mut client = server.client();
    let name = server.name("t");
    client.install(&format!("GB('CommandReader').register(trigger='{name}')"));
    let reply = ask!(client, "MODULE", "UNLOAD", "rg");
    assert!(reply.starts_with("-ERR"), "{reply}");
    assert_eq!(client.trigger(&name, &[]), format!("[$\"['{name}']\"]"));
    // Without registrations neither.
    let id = client.id(&name).unwrap();
    assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    let reply = ask!(client, "MODULE", "UNLOAD", "rg");
    assert!(reply.starts_with("-ERR"), "{reply}");
    client.install("x = 1");
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
