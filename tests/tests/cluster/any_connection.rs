//! Gears in a cluster over the clients and connections of redis-rs.

use std::collections::HashSet;
use std::time::Duration;

use gears_runtime::function::{KeysReader, PythonReader};
use gears_runtime::{
    Change, Gears, Result, ToGears, gear_command, py, redis, register_where, register_where_async,
    unregister_all,
};
use gears_tests::TestCluster;
use redis::cluster::{ClusterClient, ClusterConfig};

/// Stores a value, which only the node can that has the key.
#[gear_command(trigger = "any.store", key = key)]
fn store(key: &str, value: i64) -> Result<i64> {
    r#"
    execute("SET", key, value)
    return int(execute("GET", key))
    "#
}

#[gear_command(trigger = "any.store_awaited", key = key)]
async fn store_awaited(key: String, value: i64) -> Result<i64> {
    r#"
    execute("SET", key, value)
    return int(execute("GET", key))
    "#
}

/// Tells which node runs it.
#[gear_command(trigger = "any.whoami")]
fn whoami() -> Result<String> {
    r#"return execute("CLUSTER", "MYID")"#
}

const LONG: Duration = Duration::from_secs(60);

fn is_ours(gear: &gears_runtime::Gear) -> bool {
    gear.module_path().ends_with("::any_connection")
}

fn client(cluster: &TestCluster) -> ClusterClient {
    ClusterClient::builder((0..3).map(|place| cluster.url(place)))
        .response_timeout(LONG)
        .build()
        .unwrap()
}

/// Calls with keys of all nodes.
macro_rules! calls_go_where_keys_are {
    ($server:expr) => {{
        let store_there = store::on($server);
        for number in 0..20 {
            let key = format!("key:{number}");
            assert_eq!(store_there.call(&key, number).unwrap(), number);
        }
        let keys: Vec<String> = (0..100).map(|number| format!("key:{number}")).collect();
        let stored = store::pipe($server, keys.iter().map(String::as_str).zip(0..));
        let stored: Vec<i64> = stored.into_iter().collect::<Result<_>>().unwrap();
        assert_eq!(stored, (0..100).collect::<Vec<i64>>());
        assert!(whoami::pipe($server, [(); 10]).iter().all(Result::is_ok));
    }};
}

#[test]
fn a_cluster_client_is_a_way_to_all_nodes() {
    let cluster = TestCluster::start();
    let client = client(&cluster);
    let report = register_where(&client, is_ours).unwrap();
    assert_eq!(report.count(Change::Registered), report.len());
    calls_go_where_keys_are!(&client);
    let gears = client.to_gears();
    assert_eq!(gears.shards().unwrap().len(), 3);
    let nodes: HashSet<String> = (0..30).map(|_| whoami().unwrap()).collect();
    assert_eq!(
        nodes.len(),
        3,
        "plain stubs are bound to it, and primaries take turns"
    );

    let function = PythonReader::new(py!("lambda: range(2)"))
        .declare::<i64>()
        .run();
    assert_eq!(function.on(&client).unwrap().shards(), Some(3));
}

#[test]
fn a_cluster_connection_is_lent() {
    let cluster = TestCluster::start();
    let mut connection = client(&cluster).get_connection().unwrap();
    let report = register_where(&mut connection, is_ours).unwrap();
    assert_eq!(report.count(Change::Registered), report.len());
    let report = register_where(&mut connection, is_ours).unwrap();
    assert_eq!(report.count(Change::Unchanged), report.len());
    calls_go_where_keys_are!(&mut connection);
    let function = PythonReader::new(py!("lambda: range(2)"))
        .declare::<i64>()
        .run();
    let result = function.on(&mut connection).unwrap();
    assert_eq!((result.shards(), result.results().len()), (Some(3), 6));
    let removed = unregister_all(&mut connection).unwrap();
    assert_eq!(
        removed.count(gears_runtime::Removal::Unregistered),
        report.len()
    );
}

#[tokio::test]
async fn an_async_cluster_connection_is_lent() {
    let cluster = TestCluster::start();
    let config = ClusterConfig::new().set_response_timeout(LONG);
    let client = client(&cluster);
    let mut connection = client
        .get_async_connection_with_config(config)
        .await
        .unwrap();
    let report = register_where_async(&mut connection, is_ours)
        .await
        .unwrap();
    assert_eq!(report.count(Change::Registered), report.len());
    let report = register_where_async(&mut connection, is_ours)
        .await
        .unwrap();
    assert_eq!(report.count(Change::Unchanged), report.len());

    let bound = store_awaited::on(&mut connection);
    for number in 0..20 {
        assert_eq!(
            bound.call(format!("key:{number}"), number).await.unwrap(),
            number
        );
    }
    drop(bound);
    let calls = (0..100).map(|number| (format!("key:{number}"), number));
    let stored = store_awaited::pipe(&mut connection, calls).await;
    let stored: Vec<i64> = stored.into_iter().collect::<Result<_>>().unwrap();
    assert_eq!(stored, (0..100).collect::<Vec<i64>>());

    let stored = store_awaited::on(&client).call("key:1".to_owned(), 7).await;
    assert_eq!(stored.unwrap(), 7);
}

#[test]
fn a_connection_to_one_node_says_where_a_key_is() {
    let cluster = TestCluster::start();
    let node = redis::Client::open(cluster.url(0)).unwrap();
    let mut connection = node.get_connection().unwrap();
    register_where(&mut connection, is_ours).unwrap();
    let outcomes: Vec<_> = (0..20)
        .map(|number| store::on(&mut connection).call(&format!("key:{number}"), number))
        .collect();
    assert!(outcomes.iter().any(Result::is_ok));
    let error = outcomes.into_iter().find_map(Result::err).unwrap();
    assert!(error.to_string().contains("MOVED"), "{error}");
}

#[test]
fn ordinary_commands_go_where_the_keys_are() {
    use redis::{AsyncCommands as _, Commands as _};

    let cluster = TestCluster::start();
    let gears = Gears::connect(cluster.url(1)).unwrap();
    let mut redis = gears.redis_connection().unwrap();
    for number in 0..50 {
        let () = redis.set(format!("key:{number}"), number).unwrap();
    }
    let texts: Vec<i64> = redis
        .mget((0..50).map(|n| format!("key:{n}")).collect::<Vec<_>>())
        .unwrap();
    assert_eq!(texts, (0..50).collect::<Vec<i64>>());
    let count = KeysReader::new("key:*").count().run().on(&gears).unwrap();
    assert_eq!(count.into_one().unwrap(), 50, "the same data");

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut redis = gears.aio().redis_connection().await.unwrap();
        for number in 0..50 {
            let found: i64 = redis.get(format!("key:{number}")).await.unwrap();
            assert_eq!(found, number);
        }
    });
    // A shard by itself has a connection of its own.
    let shards = gears.shards().unwrap();
    let alone = shards.into_values().map(|shard| {
        let mut redis = shard.redis_connection().unwrap();
        redis::cmd("DBSIZE").query::<i64>(&mut redis).unwrap()
    });
    assert_eq!(alone.sum::<i64>(), 50);
}
