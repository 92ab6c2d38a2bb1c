//! Replays what was recorded on a cluster of three shards.

use gears_tests::{Client, ClusterPlan, TestCluster, TestServer, ask};

use crate::names::Names;
use crate::{replay_on, version};

/// Longer than any case makes a shard deaf: nobody is taken for gone.
const PATIENCE: [&str; 2] = ["--cluster-node-timeout", "15000"];

themes! {
    away,
    config,
    errors,
    events,
    execute,
    executions,
    readers,
    records,
    registrations,
    run,
    sessions,
    topology,
    triggers,
}

fn replay(theme: &str) {
    let cluster = start();
    let shards = 0..3;
    let urls: Vec<String> = shards.clone().map(|place| cluster.url(place)).collect();
    let ids = shards.map(|place| cluster.id(place)).collect();
    let addresses = urls.iter().map(|url| {
        url.trim_start_matches("redis://")
            .trim_end_matches('/')
            .to_owned()
    });
    for url in &urls {
        let mut client = Client::connect(url);
        assert_eq!(ask!(client, "RG.REFRESHCLUSTER"), "+OK");
    }
    let names = Names::of(ids, addresses.collect());
    replay_on(&urls, &names, &format!("cluster/{theme}"));
}

/// Starts a cluster whose servers can be made deaf for a while, which Redis 7 has to be asked for.
fn start() -> TestCluster {
    let mut plan = ClusterPlan::default().server_args(&PATIENCE);
    if version(TestServer::private().url()) >= (7, 0) {
        plan = plan.server_args(&["--enable-debug-command", "yes"]);
    }
    plan.start()
}
