//! How often a client waits for the server.

use gears_runtime::data::SessionQuery;
use gears_runtime::embedded::Server;
use gears_runtime::{Change, Gear, Gears, Result, Script, gear_command, redis, register_where};
use gears_tests::{CountedFront, TestServer, ask};

#[gear_command]
fn trips_one(number: i64) -> Result<i64> {
    "return number"
}

#[gear_command]
fn trips_other(number: i64) -> Result<i64> {
    "return -number"
}

/// Waits until two of it run.
#[gear_command]
fn trips_meet(key: &str) -> Result<()> {
    r#"
    import time
    execute("INCR", key)
    while int(execute("GET", key)) < 2:
        time.sleep(0.002)
    "#
}

fn front() -> (TestServer, CountedFront) {
    let server = TestServer::of(Server::builder().tcp());
    let front = CountedFront::open(server.url());
    (server, front)
}

/// Returns how often redis-rs waits until a connection is made.
fn of_a_connection(front: &CountedFront) -> usize {
    let client = redis::Client::open(front.url()).unwrap();
    front.take();
    let connection = client.get_connection().unwrap();
    drop(connection);
    front.take()
}

#[test]
fn connecting_takes_one_more_than_a_connection() {
    let (_server, front) = front();
    let plain = of_a_connection(&front);
    let gears = Gears::connect(front.url()).unwrap();
    assert_eq!(front.take(), plain + 1, "what it is, and whether a cluster");
    assert!(!gears.is_cluster().unwrap());
    // All of that is known now.
    gears.py_stats().unwrap();
    assert_eq!(front.take(), 1);
    gears.py_dump_sessions(&SessionQuery::new()).unwrap();
    assert_eq!(front.take(), 1);
    gears.execute(&Script::from_source("1")).unwrap();
    assert_eq!(front.take(), 1);
}

#[tokio::test]
async fn connecting_takes_one_more_than_an_async_connection() {
    let (_server, front) = front();
    let client = redis::Client::open(front.url()).unwrap();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let plain = front.take();
    drop(connection);
    let gears = Gears::connect_async(front.url()).await.unwrap().aio();
    assert_eq!(front.take(), plain + 1);
    assert!(!gears.is_cluster().await.unwrap());
    gears.py_stats().await.unwrap();
    assert_eq!(front.take(), 1);
}

#[test]
fn registering_takes_two_and_calls_take_one() {
    let (_server, front) = front();
    let gears = Gears::connect(front.url()).unwrap();
    front.take();
    let ours = |gear: &Gear| ["trips_one", "trips_other"].contains(&gear.name());
    let registered = register_where(&gears, ours).unwrap();
    assert_eq!(registered.count(Change::Registered), 2);
    assert_eq!(front.take(), 2);
    let registered = register_where(&gears, ours).unwrap();
    assert_eq!(registered.count(Change::Unchanged), 2);
    assert_eq!(front.take(), 1);
    assert_eq!(trips_one::on(&gears).call(3).unwrap(), 3);
    assert_eq!(front.take(), 1);
    let all = trips_other::pipe(&gears, 0..100);
    assert!(all.iter().all(std::result::Result::is_ok));
    assert_eq!(front.take(), 1);
}

/// A second connection is asked what it is, and nothing about clusters.
#[test]
fn more_connections_take_as_much() {
    let (server, front) = front();
    let plain = of_a_connection(&front);
    let gears = Gears::connect(front.url()).unwrap();
    register_where(&gears, |gear| gear.name() == "trips_meet").unwrap();
    front.take();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| trips_meet::on(&gears).call("meeting").unwrap());
        }
    });
    assert_eq!(front.take(), plain + 1 + 2);
    let told = ask!(server.client(), "INFO", "commandstats");
    let of_clusters = ["cmdstat_cluster|slots:calls=", "cmdstat_cluster:calls="];
    let asked = of_clusters.iter().find_map(|name| told.split_once(name));
    assert!(asked.unwrap().1.starts_with("1,"), "{told}");
}
