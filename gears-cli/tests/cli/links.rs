//! What the commands tell of the links between shards.

use std::collections::BTreeSet;

use gears_tests::{ClusterPlan, TestCluster, ask, until};

use crate::tool::Tool;

/// Waits until each shard tells of its links to both others what is looked for.
fn wait_for_links(cluster: &TestCluster, told: &str) {
    for place in 0..3 {
        until(told, || {
            let info = ask!(cluster.client(place), "INFO", "rg_cluster");
            (info.matches(told).count() == 2).then_some(())
        });
    }
}

#[test]
fn links_that_are_up_are_counted() {
    let cluster = TestCluster::start();
    wait_for_links(&cluster, "link=up");
    let tool = Tool::at(cluster.server(0).url());
    let shown = tool.call(["cluster"]).good();
    assert_eq!(shown.matches("2 of 2 up").count(), 3, "{shown}");
    assert!(!shown.contains("the link from"), "{shown}");
    let json = tool.call(["cluster", "--json"]).json();
    let links = json["links"].as_array().unwrap();
    let ends = links
        .iter()
        .map(|link| (link["from"].to_string(), link["to"].to_string()));
    assert_eq!(ends.collect::<BTreeSet<_>>().len(), 6, "{json}");
    assert!(links.iter().all(|link| link["state"] == "up"), "{json}");
    let said = tool.call(["doctor", "--no-python"]);
    assert!(
        said.out.contains("all 6 between the primaries are up"),
        "{said:?}"
    );
}

#[test]
fn links_that_are_down_are_told_with_the_cause() {
    let cluster = ClusterPlan::default()
        .engine_args(&["ClusterUser", "nobody", "ClusterPassword", "pass"])
        .start();
    wait_for_links(&cluster, "refuses the login of user nobody");
    let tool = Tool::at(cluster.server(0).url());
    let shown = tool.call(["cluster"]).good();
    assert_eq!(shown.matches("0 of 2 up").count(), 3, "{shown}");
    for (from, to) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
        let (from, to) = (cluster.id(from), cluster.id(to));
        assert!(
            shown.contains(&format!("the link from {from} to {to} (127.0.0.1:")),
            "{shown}"
        );
    }
    let cause = "is down: shard";
    assert_eq!(shown.matches(cause).count(), 6, "{shown}");
    let json = tool.call(["cluster", "--json"]).json();
    let error = json["links"][0]["lastError"].as_str().unwrap();
    assert!(error.contains("refuses the login of user nobody"), "{json}");
    let said = tool.call(["doctor", "--no-python"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(said.out.matches(cause).count(), 6, "{said:?}");
    assert!(
        said.out.contains("ClusterUser and ClusterPassword"),
        "{said:?}"
    );
    assert!(said.out.contains("tried again by itself"), "{said:?}");
}
