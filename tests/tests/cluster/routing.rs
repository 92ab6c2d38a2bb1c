//! Calls in a cluster: each goes where its key is, and follows it.

use gears_runtime::{PerShard, Result, gear_command, register_where};
use gears_tests::{TestCluster, until};

/// Stores a value, which only the node can that has the key.
#[gear_command(trigger = "cluster.store", key = key, mode = "sync")]
fn store(value: &str, key: &str) -> Result<String> {
    r#"
    execute("SET", key, value)
    return execute("GET", key)
    "#
}

#[gear_command(trigger = "cluster.store_later", key = key)]
fn store_later(key: &str, value: i64) -> Result<i64> {
    r#"
    execute("SET", key, value)
    return int(execute("GET", key))
    "#
}

#[gear_command(trigger = "cluster.store_awaited", key = key)]
async fn store_awaited(key: String, value: i64) -> Result<i64> {
    r#"
    execute("SET", key, value)
    return int(execute("GET", key))
    "#
}

/// Tells which node runs it, for a key.
#[gear_command(trigger = "cluster.whose", key = key)]
fn whose(number: i64, key: &str) -> Result<(i64, String)> {
    r#"return number, execute("CLUSTER", "MYID")"#
}

#[gear_command(trigger = "cluster.whose_awaited", key = key, mode = "sync")]
async fn whose_awaited(key: String) -> Result<String> {
    r#"return execute("CLUSTER", "MYID")"#
}

/// Tells which node runs it.
#[gear_command(trigger = "cluster.whoami")]
fn whoami() -> Result<String> {
    r#"return execute("CLUSTER", "MYID")"#
}

#[gear_command(trigger = "cluster.whoami_awaited")]
async fn whoami_awaited() -> Result<String> {
    r#"return execute("CLUSTER", "MYID")"#
}

#[gear_command(trigger = "cluster.everyone", mode = "async")]
fn everyone() -> Result<PerShard<String>> {
    r#"return execute("CLUSTER", "MYID")"#
}

fn register(gears: &gears_runtime::Gears) {
    register_where(gears, |gear| gear.module_path().ends_with("::routing")).unwrap();
}

#[test]
fn calls_go_where_their_keys_are() {
    let cluster = TestCluster::start();
    let gears = cluster.gears(0);
    register(&gears);
    for place in 0..3 {
        let key = cluster.key_at(place, "sync");
        assert_eq!(store::on(&gears).call("here", &key).unwrap(), "here");
        assert_eq!(
            cluster.client(place).ask(&[b"GET", key.as_bytes()]),
            r#"$"here""#
        );
        let key = cluster.key_at(place, "worker");
        assert_eq!(store_later::on(&gears).call(&key, 7).unwrap(), 7);
        assert_eq!(
            cluster.client(place).ask(&[b"GET", key.as_bytes()]),
            r#"$"7""#
        );
    }
    // Those without a key take turns.
    let mut seen: Vec<String> = (0..9).map(|_| whoami::on(&gears).call().unwrap()).collect();
    seen.sort();
    seen.dedup();
    let mut ids: Vec<String> = (0..3).map(|place| cluster.id(place)).collect();
    ids.sort();
    assert_eq!(seen, ids);
    // One of mode `async` runs on all, and the results begin with that of the shard that was called.
    for (id, shard) in &gears.shards().unwrap() {
        let mut all: Vec<String> = everyone::on(shard)
            .call()
            .unwrap()
            .iter()
            .cloned()
            .collect();
        assert_eq!(all.first(), Some(id));
        all.sort();
        assert_eq!(all, ids);
    }
    assert_eq!(everyone::on(&gears).call().unwrap().len(), 3);

    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        for place in 0..3 {
            let key = cluster.key_at(place, "awaited");
            let stored = store_awaited::on(&gears)
                .call(key.clone(), 8)
                .await
                .unwrap();
            assert_eq!(stored, 8);
            assert_eq!(
                cluster.client(place).ask(&[b"GET", key.as_bytes()]),
                r#"$"8""#
            );
        }
        let mut seen = Vec::new();
        for _ in 0..9 {
            seen.push(whoami_awaited::on(&gears).call().await.unwrap());
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen, ids);
    });
}

#[test]
fn many_calls_go_where_their_keys_are_in_one_go() {
    let cluster = TestCluster::start();
    let gears = cluster.gears(2);
    register(&gears);
    let keys: Vec<String> = (0..3000).map(|number| format!("piped:{number}")).collect();
    let calls = keys.iter().map(|key| ("x", key.as_str()));
    let stored: Result<Vec<String>> = store::pipe(&gears, calls).into_iter().collect();
    assert_eq!(stored.unwrap(), vec!["x"; 3000]);
    let sizes: Vec<_> = (0..3)
        .map(|place| cluster.client(place).ask(&[b"DBSIZE"]))
        .collect();
    assert!(!sizes.contains(&":0".to_owned()), "{sizes:?}");

    // Numbers come back in the order of the calls.
    let calls = keys
        .iter()
        .zip(0..)
        .map(|(key, number)| (key.as_str(), number));
    let stored: Result<Vec<i64>> = store_later::pipe(&gears, calls).into_iter().collect();
    assert_eq!(stored.unwrap(), (0..3000).collect::<Vec<_>>());

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stored: Result<Vec<i64>> = runtime.block_on(async {
        let calls = keys
            .iter()
            .zip(0..200)
            .map(|(key, number)| (key.clone(), number));
        store_awaited::pipe(&gears, calls)
            .await
            .into_iter()
            .collect()
    });
    assert_eq!(stored.unwrap(), (0..200).collect::<Vec<_>>());
    // Those without a key run on one of the nodes.
    let seen: Result<Vec<String>> = whoami::pipe(&gears, [(), ()]).into_iter().collect();
    let seen = seen.unwrap();
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn calls_follow_a_slot_that_moves() {
    let cluster = TestCluster::start();
    let gears = cluster.gears(0);
    register(&gears);
    let key = cluster.key_at(0, "moving");
    let slot = cluster.slot(&key);
    let ask = |place: usize| cluster.client(place).ask(&[b"GET", key.as_bytes()]);

    // While it moves, a key that the old node does not have is asked for at the new one (ASK).
    cluster.begin_to_move(slot, 0, 2);
    let id = cluster.id(2);
    assert_eq!(whose::on(&gears).call(1, &key).unwrap(), (1, id.clone()));
    let piped = whose::pipe(&gears, [(2, key.as_str()), (3, key.as_str())]);
    let piped: Vec<(i64, String)> = piped.into_iter().collect::<Result<_>>().unwrap();
    assert_eq!(piped, [(2, id.clone()), (3, id.clone())]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let awaited = whose_awaited::on(&gears);
    assert_eq!(runtime.block_on(awaited.call(key.clone())).unwrap(), id);

    // When it has moved, the old node says so (MOVED).
    cluster.end_move(slot, 0, 2);
    assert_eq!(store::on(&gears).call("moved", &key).unwrap(), "moved");
    assert_eq!(ask(2), r#"$"moved""#);
    let piped = store::pipe(&gears, [("a", key.as_str()), ("b", key.as_str())]);
    assert_eq!(
        piped.into_iter().collect::<Result<Vec<_>>>().unwrap(),
        ["a", "b"]
    );
    assert_eq!(runtime.block_on(awaited.call(key.clone())).unwrap(), id);

    // And back, while nobody refreshes anything but the answers.
    let again = cluster.gears(1);
    cluster.client(2).ask(&[b"DEL", key.as_bytes()]);
    cluster.begin_to_move(slot, 2, 0);
    cluster.end_move(slot, 2, 0);
    until("the slot at its old node", || {
        let stored = store::on(&again).call("back", &key).unwrap();
        assert_eq!(stored, "back");
        (ask(0) == r#"$"back""#).then_some(())
    });
    let awaited = whose_awaited::on(&again);
    assert_eq!(runtime.block_on(awaited.call(key)).unwrap(), cluster.id(0));
}
