//! Chapter 3: the client.

use std::time::Duration;

use gears_runtime::{ErrorKind, Gears, Script, ToGears};
use gears_tests::TestServer;
use redis::Commands;

#[test]
fn timeouts_and_sizes_are_set_when_a_client_is_built() {
    let server = TestServer::private();
    let gears = Gears::builder(server.url())
        .unwrap()
        .max_connections(1)
        .response_timeout(Duration::from_secs(20))
        .execute_timeout(Duration::from_millis(50))
        .connect()
        .unwrap();
    assert!(gears.py_stats().unwrap().total_allocated > 0);
    let slow = Script::from_source("import time\ntime.sleep(0.3)");
    let error = gears.execute(&slow).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}

#[test]
fn commands_of_redis_go_over_a_client_of_redis() {
    let server = TestServer::private();
    let gears = server.gears();
    let mut connection = gears.client().get_connection().unwrap();
    let () = connection.set("Foo", "Bar").unwrap();
    assert_eq!(connection.get::<_, String>("Foo").unwrap(), "Bar");
}

#[test]
fn a_client_that_is_there_becomes_one_of_gears() {
    let server = TestServer::private();
    let client = redis::Client::open(server.url()).unwrap();
    let gears = client.to_gears();
    assert!(gears.dump_registrations().unwrap().is_empty());
    assert!(!gears.is_cluster().unwrap());
    // Alone, it is the only shard.
    let shards = gears.shards().unwrap();
    assert_eq!(shards.len(), 1);
    assert!(shards.values().all(|shard| shard.py_stats().is_ok()));
}
