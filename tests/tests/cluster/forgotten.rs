//! Gears that a cluster has forgotten, and calls that bring them back.

use gears_runtime::{Gears, Result, gear_command, register_where, unregister_all};
use gears_tests::TestCluster;

/// Stores a value, which only the node can that has the key.
#[gear_command(trigger = "forgotten.store", key = key)]
fn store(key: &str, value: i64) -> Result<i64> {
    r#"
    execute("SET", key, value)
    return int(execute("INCR", key)) - 1
    "#
}

#[gear_command(trigger = "forgotten.store_awaited", key = key)]
async fn store_awaited(key: String, value: i64) -> Result<i64> {
    r#"
    execute("SET", key, value)
    return int(execute("INCR", key)) - 1
    "#
}

#[gear_command(trigger = "forgotten.square")]
fn square(number: i64) -> Result<i64> {
    "return number * number"
}

/// Takes out all registrations, as somebody else may.
fn lose(cluster: &TestCluster) {
    let others = cluster.gears(1);
    for registration in others.dump_registrations().unwrap() {
        others.unregister(&registration).unwrap();
    }
    assert!(others.dump_registrations().unwrap().is_empty());
}

/// Connects under a prefix: what other tests take out over connections of others may be any server's, and would
/// not be brought back here.
fn apart(cluster: &TestCluster, place: usize) -> Gears {
    cluster.gears(place).with_prefix("apart:")
}

fn register(gears: &Gears) {
    register_where(gears, |gear| gear.module_path().ends_with("::forgotten")).unwrap();
}

#[test]
fn calls_bring_back_what_a_cluster_has_forgotten() {
    let cluster = TestCluster::start();
    let gears = apart(&cluster, 0);
    register(&gears);
    lose(&cluster);
    assert_eq!(square::on(&gears).call(3).unwrap(), 9);
    lose(&cluster);
    assert_eq!(store::on(&gears).call("a", 1).unwrap(), 1);
    lose(&cluster);
    let squares = square::pipe(&gears, 0..100);
    let squares: Vec<i64> = squares.into_iter().collect::<Result<_>>().unwrap();
    assert!(
        squares
            .into_iter()
            .eq((0..100).map(|number| number * number))
    );
    lose(&cluster);
    let keys: Vec<String> = (0..100).map(|number| format!("key:{number}")).collect();
    let stored = store::pipe(&gears, keys.iter().map(String::as_str).zip(0..));
    let stored: Vec<i64> = stored.into_iter().collect::<Result<_>>().unwrap();
    assert!(stored.into_iter().eq(0..100));

    unregister_all(&apart(&cluster, 2)).unwrap();
    assert!(square::on(&gears).call(3).unwrap_err().is_unknown_trigger());
}

#[tokio::test]
async fn awaited_calls_bring_it_back_too() {
    let cluster = TestCluster::start();
    let gears = apart(&cluster, 0);
    register(&gears);
    lose(&cluster);
    assert_eq!(
        store_awaited::on(&gears)
            .call("a".to_owned(), 1)
            .await
            .unwrap(),
        1
    );
    lose(&cluster);
    let calls = (0..100).map(|number| (format!("key:{number}"), number));
    let stored = store_awaited::pipe(&gears, calls).await;
    let stored: Vec<i64> = stored.into_iter().collect::<Result<_>>().unwrap();
    assert!(stored.into_iter().eq(0..100));
}
