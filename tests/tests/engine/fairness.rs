//! Who else is served while a thread of the engine works with the server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use gears_tests::{TestServer, ask};

/// A script that keeps a thread busy, and the least that another client's
/// `PING`s are answered meanwhile. If the thread did not stand back, there
/// would be one or two.
fn check_pings_during(script: &str) {
    const LEAST: usize = 20;
    let server = TestServer::private();
    let mut client = server.client();
    let fill = "for i = 1, 500000 do redis.call('SET', 'key:' .. i, 'value') end return 'full'";
    assert_eq!(ask!(client, "EVAL", fill, "0"), r#"$"full""#);

    let over = AtomicBool::new(false);
    let answered = thread::scope(|scope| {
        let others = scope.spawn(|| {
            let mut client = server.client();
            let mut answered = 0;
            while !over.load(Ordering::Relaxed) {
                assert_eq!(ask!(client, "PING"), "+PONG");
                answered += 1;
            }
            answered
        });
        let run = client.execute(script);
        over.store(true, Ordering::Relaxed);
        assert_eq!(run, r#"[[$"500000"], []]"#);
        others.join().unwrap()
    });
    assert!(answered >= LEAST, "{answered} were answered");
}

#[test]
fn others_are_served_while_a_run_walks_over_all_keys() {
    check_pings_during("GB().count().run('key:*')");
}

#[test]
fn others_are_served_while_a_run_executes_commands() {
    check_pings_during(
        "def work(record):\n    \
             for _ in range(100000):\n        \
                 execute('GET', 'key:1')\n    \
             return 500000\n\
         GB('ShardsIDReader').map(work).run()",
    );
}
