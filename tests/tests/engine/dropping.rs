//! Events beyond what the queue holds: counted, never lost in silence.

use std::fs;

use gears_runtime::data::Registration;
use gears_runtime::{Gears, embedded::Server};
use gears_tests::{Client, ask, until};

/// A server with a short queue, and its log.
fn small_queue() -> (Server, Gears, Client) {
    let server = Server::builder()
        .engine_args(["ExecutionQueue", "10"])
        .start()
        .unwrap();
    let gears = Gears::connect(server.url()).unwrap();
    let client = Client::connect(server.url());
    (server, gears, client)
}

fn only_registration(gears: &Gears) -> Registration {
    let mut all = gears.dump_registrations().unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn events_beyond_the_queue_are_counted() {
    let (_server, gears, mut client) = small_queue();
    // Waits until the test lets it go, so that the queue fills up.
    client.install(
        "import time\n\
         def wait(r):\n    \
             while not execute('EXISTS', 'go'):\n        \
                 time.sleep(0.001)\n\
         GB('KeysReader').foreach(wait).register('key:*', mode='async_local')",
    );
    const EVENTS: i64 = 500;
    for number in 0..EVENTS {
        ask!(client, "SET", format!("key:{number}"), "value");
    }
    let dropped = only_registration(&gears).data.num_dropped.unwrap();
    assert!(dropped > 0 && dropped < EVENTS, "{dropped}");
    assert_eq!(client.number("rg_executions", "rg_events_dropped"), dropped);
    ask!(client, "SET", "go", "1");
    until("all others are seen", || {
        let data = only_registration(&gears).data;
        (data.num_success + data.num_dropped? == EVENTS).then_some(())
    });
    ask!(client, "RG.CLEARREGISTRATIONSSTATS");
    assert_eq!(only_registration(&gears).data.num_dropped, Some(0));
    // What the server has dropped since it started is not a registration's.
    assert_eq!(client.number("rg_executions", "rg_events_dropped"), dropped);
}

#[test]
fn log_tells_of_many_dropped_events_in_few_lines() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let server = Server::builder()
        .engine_args(["ExecutionQueue", "1"])
        .server_args(["--logfile".to_owned(), log.display().to_string()])
        .start()
        .unwrap();
    let mut client = Client::connect(server.url());
    client.install(
        "import time\n\
         def wait(r):\n    \
             while not execute('EXISTS', 'go'):\n        \
                 time.sleep(0.001)\n\
         GB('KeysReader').foreach(wait).register('key:*', mode='async_local')",
    );
    for _ in 0..2_000 {
        ask!(client, "MSET", "key:1", "", "key:2", "", "key:3", "");
    }
    let dropped = client.number("rg_executions", "rg_events_dropped");
    let lines = fs::read_to_string(&log)
        .unwrap()
        .lines()
        .filter(|line| line.contains("events dropped"))
        .count();
    assert!(lines > 0);
    let lines = i64::try_from(lines).unwrap();
    assert!(lines * 20 < dropped, "{lines} lines for {dropped} events");
    ask!(client, "SET", "go", "1");
}

#[test]
fn stream_entries_are_read_when_the_queue_was_full() {
    let (server, _gears, mut client) = small_queue();
    client.install(
        "import time\n\
         def wait(r):\n    \
             while not execute('EXISTS', 'go'):\n        \
                 time.sleep(0.001)\n\
         GB('CommandReader').foreach(wait).register(trigger='wait', mode='async_local')\n\
         GB('StreamReader').foreach(lambda r: execute('INCR', 'seen'))\
         .register('stream:*', mode='async_local')",
    );
    // Fills workers and queue with calls that wait.
    let mut callers: Vec<_> = Vec::new();
    until("the queue is full", || {
        let mut caller = redis::Client::open(server.url())
            .unwrap()
            .get_connection()
            .unwrap();
        redis::Cmd::new()
            .arg("RG.TRIGGER")
            .arg("wait")
            .set_no_response(true)
            .exec(&mut caller)
            .unwrap();
        callers.push(caller);
        (client.number("rg_executions", "rg_executions_waiting") >= 10).then_some(())
    });
    const STREAMS: i64 = 50;
    for number in 0..STREAMS {
        ask!(client, "XADD", format!("stream:{number}"), "*", "f", "v");
    }
    ask!(client, "SET", "go", "1");
    until("each stream is read, although no entry follows", || {
        (ask!(client, "GET", "seen") == format!(r#"$"{STREAMS}""#)).then_some(())
    });
}
