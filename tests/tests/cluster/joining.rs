//! Calls on a shard that has joined and does not have the gears yet.

use std::time::Duration;

use gears_runtime::{Error, Gears, Result, gear_command, register_where};
use gears_tests::{ClusterPlan, TestCluster, ask, until};

#[gear_command(trigger = "cluster.joining.whose", key = key, mode = "sync")]
fn whose(key: &str) -> Result<String> {
    r#"return execute("CLUSTER", "MYID")"#
}

#[gear_command(trigger = "cluster.joining.whose_awaited", key = key)]
async fn whose_awaited(key: String) -> Result<String> {
    r#"return execute("CLUSTER", "MYID")"#
}

/// Makes the user as whom shards log in at a node.
fn let_shards_in(cluster: &TestCluster, place: usize) {
    let mut client = cluster.client(place);
    let (keys, commands) = ("~*", "+@all");
    let made = ask!(
        client, "ACL", "SETUSER", "link", "on", ">pass", keys, commands
    );
    assert_eq!(made, "+OK");
}

/// Returns how many calls a node got, of whichever command.
fn calls(cluster: &TestCluster, place: usize) -> usize {
    let told = ask!(cluster.client(place), "INFO", "commandstats").to_lowercase();
    let rows = told.split("cmdstat_rg.trigger").skip(1);
    let counts = rows.map(|row| {
        let (_, counts) = row.split_once(":calls=").unwrap();
        let (count, _) = counts.split_once(',').unwrap();
        count.parse::<usize>().unwrap()
    });
    counts.sum()
}

/// Asserts that a call was told to try again, and did so more than once.
fn was_asked_again(cluster: &TestCluster, place: usize, call: impl FnOnce() -> Result<String>) {
    let before = calls(cluster, place);
    let error: Error = call().unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(error.to_string().contains("being installed"), "{error}");
    let count = calls(cluster, place) - before;
    assert!(count > 1, "{count}");
}

#[test]
fn a_shard_is_asked_again_until_it_has_the_gear() {
    let plan = ClusterPlan::default();
    let login = ["ClusterUser", "link", "ClusterPassword", "pass"];
    let mut cluster = plan.engine_args(&login).start();
    for place in 0..3 {
        let_shards_in(&cluster, place);
    }
    until("the links", || {
        let is_up = |place| {
            let info = ask!(cluster.client(place), "INFO", "rg_cluster");
            info.matches("link=up").count() == 2
        };
        (0..3).all(is_up).then_some(())
    });
    register_where(&cluster.gears(0), |gear| {
        gear.module_path().ends_with("::joining")
    })
    .unwrap();

    // The others cannot tell it anything yet.
    let joined = cluster.join();
    cluster.wait_until_fine();
    let key = cluster.key_at(0, "joined");
    let slot = cluster.slot(&key);
    cluster.begin_to_move(slot, 0, joined);
    cluster.end_move(slot, 0, joined);
    until("a shard that is behind", || {
        let told = ask!(
            cluster.client(joined),
            "RG.TRIGGER",
            "cluster.joining.whose",
            key
        );
        told.starts_with("-TRYAGAIN ").then_some(())
    });
    let url = cluster.server(joined).url();
    let gears = Gears::connect(url).unwrap();
    let hasty = gears.clone().with_response_timeout(Duration::from_secs(1));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    was_asked_again(&cluster, joined, || whose::on(&hasty).call(&key));
    was_asked_again(&cluster, joined, || {
        runtime.block_on(whose_awaited::on(&hasty).call(key.clone()))
    });
    was_asked_again(&cluster, joined, || {
        let mut piped = whose::pipe(&hasty, [key.as_str()]);
        piped.remove(0)
    });

    let_shards_in(&cluster, joined);
    let id = cluster.id(joined);
    let ran = until("the gear on the shard that joined", || {
        match whose::on(&gears).call(&key) {
            Err(error) if error.is_transient() => None,
            ran => Some(ran.unwrap()),
        }
    });
    assert_eq!(ran, id);
    let awaited = runtime.block_on(whose_awaited::on(&gears).call(key));
    assert_eq!(awaited.unwrap(), id);
}
