//! Many threads, one `Gears`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use gears_runtime::{Gears, Result, gear_command};
use gears_tests::TestServer;

#[gear_command]
fn shared_echo(thread: usize, call: usize, text: &str) -> Result<String> {
    r#"return "%d %d %s" % (thread, call, text)"#
}

#[gear_command(mode = "sync")]
fn shared_count(key: &str) -> Result<i64> {
    "return cmd.incr(key)"
}

/// Returns when three calls have come.
#[gear_command]
fn shared_wait(counter: &str) -> Result<()> {
    r#"
    import time
    execute("INCR", counter)
    while int(execute("GET", counter)) < 3:
        time.sleep(0.01)
    "#
}

fn assert_shareable<T: Clone + Send + Sync + 'static>(_: &T) {}

#[test]
fn answers_belong_to_their_calls() {
    let server = TestServer::start();
    let gears = server.register(&[&shared_echo::GEAR]);
    assert_shareable(&gears);
    let calls = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..32 {
            let (gears, calls) = (&gears, &calls);
            scope.spawn(move || {
                let echo = shared_echo::on(gears);
                let text = "x".repeat(thread * 100);
                for call in 0..40 {
                    let answer = echo.call(thread, call, &text).unwrap();
                    assert_eq!(answer, format!("{thread} {call} {text}"));
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(calls.into_inner(), 32 * 40);
}

#[test]
fn sync_gears_count_without_losing_any() {
    let server = TestServer::start();
    let gears = server.register(&[&shared_count::GEAR]);
    let key = server.name("count");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    shared_count::on(&gears).call(&key).unwrap();
                }
            });
        }
    });
    assert_eq!(shared_count::on(&gears).call(&key).unwrap(), 401);
    gears_tests::ask!(server.client(), "DEL", key);
}

#[test]
fn slow_calls_do_not_hold_up_each_other() {
    let server = TestServer::private();
    server.register(&[&shared_wait::GEAR]);
    let gears = Gears::connect(server.url()).unwrap();
    // As many as there are workers.
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| shared_wait::on(&gears).call("count").unwrap());
        }
    });
}

#[test]
fn more_threads_than_connections_take_turns() {
    let server = TestServer::start();
    server.register(&[&shared_echo::GEAR]);
    let gears = Gears::builder(server.url())
        .unwrap()
        .max_connections(2)
        .connect()
        .unwrap();
    thread::scope(|scope| {
        for thread in 0..16 {
            let gears = gears.clone();
            scope.spawn(move || {
                for call in 0..10 {
                    shared_echo::on(&gears).call(thread, call, "").unwrap();
                }
            });
        }
    });
}
