//! Nodes that go, and nodes that take their place.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gears_runtime::{ErrorKind, Gears, Result, gear_command, register_where};
use gears_tests::{DEADLINE, TestCluster, until};

#[gear_command(trigger = "cluster.failover.write", key = key)]
fn write(key: &str, value: i64) -> Result<i64> {
    r#"
    execute("SET", key, value)
    return int(execute("GET", key))
    "#
}

#[gear_command(trigger = "cluster.failover.write_awaited", key = key)]
async fn write_awaited(key: String, value: i64) -> Result<i64> {
    r#"
    execute("SET", key, value)
    return int(execute("GET", key))
    "#
}

#[gear_command(trigger = "cluster.failover.count", key = key)]
fn count_and_wait(key: &str, seconds: f64) -> Result<i64> {
    r#"
    import time
    count = execute("INCR", key)
    time.sleep(seconds)
    return count
    "#
}

#[gear_command(trigger = "cluster.failover.whoami")]
fn whoami() -> Result<String> {
    r#"return execute("CLUSTER", "MYID")"#
}

fn register(gears: &Gears) {
    register_where(gears, |gear| gear.module_path().ends_with("::failover")).unwrap();
}

#[test]
fn replica_takes_over_while_calls_go_on() {
    let mut cluster = TestCluster::with_replicas();
    let gears = cluster.gears(1);
    register(&gears);
    // Registrations reach the replicas before anything happens to the primaries.
    until("registrations on the replica", || {
        cluster.client(3).id("cluster.failover.write")
    });
    let keys: Vec<String> = (0..3).map(|place| cluster.key_at(place, "kept")).collect();
    let (gone, done) = (AtomicBool::new(false), AtomicBool::new(false));
    let (begun, recovered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for (place, key) in keys.iter().enumerate() {
            let gears = &gears;
            let (gone, done) = (&gone, &done);
            let (begun, recovered) = (&begun, &recovered);
            scope.spawn(move || {
                let mut failed = false;
                for value in 0.. {
                    let was_gone = gone.load(Ordering::Relaxed);
                    match write::on(gears).call(key, value) {
                        Ok(written) => {
                            assert_eq!(written, value);
                            begun.fetch_add(usize::from(value == 0), Ordering::Relaxed);
                            if was_gone && (failed || place != 0) {
                                recovered.fetch_add(1, Ordering::Relaxed);
                                return;
                            }
                        }
                        Err(error) => {
                            // Those whose node is there never notice; the others are told plainly.
                            assert!(place == 0, "{error}");
                            assert!(is_told_plainly(&error), "{error}");
                            failed = true;
                        }
                    }
                    assert!(
                        !done.load(Ordering::Relaxed),
                        "the calls have not recovered"
                    );
                    thread::sleep(Duration::from_millis(5));
                }
            });
        }
        // They go on until they are told: a panic here would have nobody tell them.
        let wait_for_all = |count: &AtomicUsize| {
            let started = Instant::now();
            while count.load(Ordering::Relaxed) < 3 && started.elapsed() < DEADLINE {
                thread::sleep(Duration::from_millis(10));
            }
        };
        wait_for_all(&begun);
        cluster.kill(0);
        gone.store(true, Ordering::Relaxed);
        wait_for_all(&recovered);
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(begun.load(Ordering::Relaxed), 3);
    assert_eq!(recovered.load(Ordering::Relaxed), 3);
    assert!(cluster.is_primary(3));
    // Gears without a key are run by the new one too, and never by the one that is gone.
    let id = cluster.id(3);
    let seen: Vec<String> = (0..6).map(|_| whoami::on(&gears).call().unwrap()).collect();
    assert!(seen.contains(&id));
    // Another handle, awaited, with the URL of the one that is gone and one that is there.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let written = runtime.block_on(async {
        let gears = Gears::builder("redis://127.0.0.1:1/")
            .unwrap()
            .node(cluster.server(2).url())
            .unwrap()
            .connect_async()
            .await
            .unwrap();
        write_awaited::on(&gears).call(keys[0].clone(), -1).await
    });
    assert_eq!(written.unwrap(), -1);
}

/// Tells whether an error of a call says that a node is gone or the cluster not in order.
fn is_told_plainly(error: &gears_runtime::Error) -> bool {
    let text = error.to_string();
    match error.kind() {
        ErrorKind::Connection | ErrorKind::Timeout => {
            text.contains("cluster.failover.write") || text.contains("connecting to 127.0.0.1:")
        }
        // What a write says while the replica has not been elected.
        ErrorKind::Server => text.contains("CLUSTERDOWN"),
        ErrorKind::Python => {
            text.contains("Operation not permitted") || text.contains("cluster is down")
        }
        _ => false,
    }
}

#[test]
fn call_that_may_have_run_is_not_sent_again() {
    let mut cluster = TestCluster::with_replicas();
    let gears = cluster.gears(1);
    register(&gears);
    until("registrations on the replica", || {
        cluster.client(3).id("cluster.failover.count")
    });
    let key = cluster.key_at(0, "counted");
    let error = thread::scope(|scope| {
        let call = scope.spawn(|| count_and_wait::on(&gears).call(&key, 30.0).unwrap_err());
        // It has counted, and so has the replica.
        until("the count", || {
            let mut replica = cluster.client(3);
            replica.ask(&[b"READONLY"]);
            (replica.ask(&[b"GET", key.as_bytes()]) == r#"$"1""#).then_some(())
        });
        let mut server = cluster.take(0);
        server.kill();
        call.join().unwrap()
    });
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(
        error.to_string().contains("cluster.failover.count"),
        "{error}"
    );
    until("the replica", || cluster.is_primary(3).then_some(()));
    let other = cluster.key_at(0, "other");
    until("recovery", || write::on(&gears).call(&other, 1).ok());
    assert_eq!(
        count_and_wait::on(&gears).call(&key, 0.0).unwrap(),
        2,
        "it ran once before"
    );
}

#[test]
fn node_that_is_down_at_connect_is_left_out() {
    let mut cluster = TestCluster::start();
    register(&cluster.gears(0));
    let down = cluster.server(0).url().to_owned();
    cluster.kill(0);
    // It alone is an error that names it.
    let error = Gears::connect(down.as_str()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(
        error.to_string().contains("connecting to 127.0.0.1:"),
        "{error}"
    );

    let gears = Gears::builder(down.as_str())
        .unwrap()
        .node(cluster.server(1).url())
        .unwrap()
        .connect()
        .unwrap();
    assert!(gears.is_cluster().unwrap());
    // Calls without a key pass it by, sync and async.
    let ids = [cluster.id(1), cluster.id(2)];
    for _ in 0..6 {
        assert!(ids.contains(&whoami::on(&gears).call().unwrap()));
    }
    // What only it has cannot be had, and what needs all of them neither.
    let error = write::on(&gears)
        .call(&cluster.key_at(0, "lost"), 1)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    let error = gears.dump_registrations().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    let error = register_where(&gears, |_| false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
}
