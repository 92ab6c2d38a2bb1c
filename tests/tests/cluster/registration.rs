//! Gears on every primary of a cluster.

use gears_runtime::{
    Change, Gears, Registered, Removal, Result, Script, Unregistered, gear_command, plan_all,
    plan_all_async, register_all, register_all_async, register_where, registry, unregister_all,
    unregister_all_async,
};
use gears_tests::{TestCluster, ask};

#[gear_command(trigger = "cluster.greet")]
fn greet(name: &str) -> Result<String> {
    r#"return "Hello, " + name"#
}

#[gear_command(trigger = "cluster.add", mode = "sync")]
fn add(left: i64, right: i64) -> Result<i64> {
    "return left + right"
}

fn counts(report: &Registered) -> (usize, usize) {
    (
        report.count(Change::Registered),
        report.count(Change::Unchanged),
    )
}

fn removed(report: &Unregistered) -> (usize, usize) {
    (
        report.count(Removal::Unregistered),
        report.count(Removal::Absent),
    )
}

/// Returns how many functions each node has.
fn held(cluster: &TestCluster, nodes: &[usize]) -> Vec<usize> {
    let nodes = nodes.iter();
    let each = nodes.map(|&node| cluster.client(node).registrations().len());
    each.collect()
}

#[test]
fn every_primary_has_every_gear() {
    let mut cluster = TestCluster::start();
    let all = registry::all().len();
    let gears = cluster.gears(1);
    assert!(gears.is_cluster().unwrap());

    // A plan does nothing.
    assert_eq!(counts(&plan_all(&gears).unwrap()), (all, 0));
    assert_eq!(held(&cluster, &[0, 1, 2]), [0, 0, 0]);

    assert_eq!(counts(&register_all(&gears).unwrap()), (all, 0));
    assert_eq!(held(&cluster, &[0, 1, 2]), [all, all, all]);
    assert_eq!(counts(&register_all(&gears).unwrap()), (0, all));
    assert_eq!(counts(&plan_all(&gears).unwrap()), (0, all));
    // Whoever's turn it is can run them.
    for number in 0..6 {
        assert_eq!(
            greet(&number.to_string()).unwrap(),
            format!("Hello, {number}")
        );
        assert_eq!(add(number, 1).unwrap(), number + 1);
    }

    // What one is told to take out is gone from all, and comes back to all.
    let id = cluster.client(2).id("cluster.add").unwrap();
    assert_eq!(ask!(cluster.client(2), "RG.UNREGISTER", id), "+OK");
    assert_eq!(held(&cluster, &[0, 1, 2]), [all - 1; 3]);
    assert_eq!(
        plan_all(&gears).unwrap().get("cluster.add"),
        Some(Change::Registered)
    );
    assert_eq!(counts(&register_all(&gears).unwrap()), (1, all - 1));
    assert_eq!(held(&cluster, &[0, 1, 2]), [all, all, all]);

    // A node that joins gets everything from the others.
    let joined = cluster.join();
    let slot = cluster.slot("moved");
    cluster.begin_to_move(slot, slot * 3 / 16384, joined);
    cluster.end_move(slot, slot * 3 / 16384, joined);
    cluster.wait_until_fine();
    gears_tests::until("registrations on who joined", || {
        (held(&cluster, &[joined]) == [all]).then_some(())
    });
    gears_tests::until("news of the slot", || {
        (gears.shards().unwrap().len() == 4).then_some(())
    });
    assert_eq!(counts(&register_all(&gears).unwrap()), (0, all));
    assert_eq!(held(&cluster, &[0, 1, 2, joined]), [all; 4]);

    // A different function under one of the triggers: nothing is changed on any.
    let id = cluster.client(0).id("cluster.add").unwrap();
    assert_eq!(ask!(cluster.client(0), "RG.UNREGISTER", id), "+OK");
    let id = cluster.client(2).id("cluster.greet").unwrap();
    let mut client = cluster.client(2);
    assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");
    client.install("GB('CommandReader').register(trigger='cluster.greet')");
    assert_eq!(
        plan_all(&gears).unwrap().get("cluster.greet"),
        Some(Change::Refused)
    );
    let error = register_all(&gears).unwrap_err();
    assert!(error.is_duplicate_trigger(), "{error}");
    assert_eq!(cluster.client(0).id("cluster.add"), None);
    let id = client.id("cluster.greet").unwrap();
    assert_eq!(ask!(client, "RG.UNREGISTER", id), "+OK");

    assert_eq!(removed(&unregister_all(&gears).unwrap()), (all - 2, 2));
    assert_eq!(held(&cluster, &[0, 1, 2, joined]), [0; 4]);
    assert_eq!(removed(&unregister_all(&gears).unwrap()), (0, all));

    // The same, awaited.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let gears = Gears::connect_async(cluster.server(0).url()).await.unwrap();
        assert!(gears.aio().is_cluster().await.unwrap());
        assert_eq!(counts(&plan_all_async(&gears).await.unwrap()), (all, 0));
        assert_eq!(counts(&register_all_async(&gears).await.unwrap()), (all, 0));
        assert_eq!(held(&cluster, &[0, 1, 2, joined]), [all; 4]);
        assert_eq!(counts(&register_all_async(&gears).await.unwrap()), (0, all));
        assert_eq!(
            removed(&unregister_all_async(&gears).await.unwrap()),
            (all, 0)
        );
    });
}

#[test]
fn shards_that_refuse_are_named_and_nothing_is_registered() {
    let cluster = TestCluster::start();
    let ids: Vec<String> = (0..3).map(|place| cluster.id(place)).collect();
    let log = cluster.server(0).log();
    if log.contains("cannot run commands as a user") {
        return; // Redis before 7.0.6: whoever registers, code runs as the server itself.
    }
    // A user whom the others do not know.
    let words = ["on", ">pass", "~*", "&*", "+@all"];
    let mut first = cluster.client(0);
    let [on, pass, keys, channels, commands] = words;
    let set = ask!(
        first, "ACL", "SETUSER", "ada", on, pass, keys, channels, commands
    );
    assert_eq!(set, "+OK");
    let url = cluster.server(0).url().replacen("://", "://ada:pass@", 1);
    let shards = Gears::connect(url).unwrap().shards().unwrap();
    let shard = &shards[&ids[0]];
    let names_both = |error: gears_runtime::Error| {
        let text = error.to_string();
        assert!(error.is_server(), "{text}");
        for id in &ids[1..] {
            assert!(
                text.contains(&format!("shard-{id}: the user ada")),
                "{text}"
            );
        }
        assert!(!text.contains(&format!("shard-{}", ids[0])), "{text}");
        assert!(text.contains("ACL SETUSER"), "{text}");
    };
    let script = "GB('CommandReader').register(trigger='cluster.refused')";
    names_both(shard.execute(&Script::from_source(script)).unwrap_err());
    names_both(register_where(shard, |gear| gear.trigger() == "cluster.greet").unwrap_err());
    for place in 0..3 {
        assert!(cluster.client(place).triggers().is_empty());
    }
}
