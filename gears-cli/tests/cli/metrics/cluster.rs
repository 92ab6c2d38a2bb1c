//! Of a cluster, some of whose shards are away.

use gears_tests::{Figures, TestCluster, until};

use super::http::Exporter;
use crate::tool::Tool;

const SCRIPT: &str =
    "GB('CommandReader').map(lambda r: 1).register(trigger='quick', mode='async_local')";

fn up(figures: &Figures, cluster: &[String; 3]) -> [f64; 3] {
    let up = |id: &String| figures.value("gears_up", &[("shard", id)]);
    [up(&cluster[0]), up(&cluster[1]), up(&cluster[2])]
}

#[test]
fn shard_that_was_killed_is_down_and_the_others_are_told() {
    let mut cluster = TestCluster::start();
    let ids = [0, 1, 2].map(|place| cluster.id(place));
    let tool = Tool::at(cluster.server(0).url());
    tool.run(SCRIPT);
    for place in 0..3 {
        cluster.client(place).trigger("quick", &[]);
    }
    until("all links are up", || {
        let figures = Figures::read(&tool.call(["metrics"]).good());
        (figures.values("gears_link_up", &[]) == [1.0; 6]).then_some(())
    });
    let exporter = Exporter::start(&tool, &[]);
    let figures = Figures::fetch(&exporter.url);
    assert_eq!(up(&figures, &ids), [1.0; 3]);
    for id in &ids {
        let labels = [("shard", id.as_str()), ("gear", "quick")];
        assert_eq!(figures.value("gears_calls_total", &labels), 1.0);
    }

    cluster.kill(2);
    let said = tool.call(["metrics"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains(&ids[2]), "{said:?}");
    assert_eq!(up(&Figures::read(&said.out), &ids), [1.0, 1.0, 0.0]);
    let figures = until("the links to it are down", || {
        let figures = Figures::fetch(&exporter.url);
        let links = figures.values("gears_link_up", &[("peer", &ids[2])]);
        (links == [0.0, 0.0]).then_some(figures)
    });
    assert_eq!(up(&figures, &ids), [1.0, 1.0, 0.0]);
    let calls = |id: &str| figures.values("gears_calls_total", &[("shard", id)]);
    assert_eq!(calls(&ids[1]), [1.0]);
    assert!(calls(&ids[2]).is_empty());

    // Also when it is the one that was named, and when all are away.
    cluster.kill(0);
    assert_eq!(up(&Figures::fetch(&exporter.url), &ids), [0.0, 1.0, 0.0]);
    cluster.kill(1);
    assert_eq!(up(&Figures::fetch(&exporter.url), &ids), [0.0; 3]);
}

#[test]
fn shard_that_hangs_is_down() {
    let cluster = TestCluster::start();
    let ids = [0, 1, 2].map(|place| cluster.id(place));
    let tool = Tool::at(cluster.server(0).url());
    tool.call(["metrics"]).good();
    cluster.stop(1);
    let said = tool.call(["metrics", "--timeout", "3"]);
    cluster.go_on(1);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(up(&Figures::read(&said.out), &ids), [1.0, 0.0, 1.0]);
}

#[test]
fn few_rights_are_enough() {
    let cluster = TestCluster::start();
    for place in 0..3 {
        let mut client = cluster.client(place);
        let user = ["ACL", "SETUSER", "watcher", "on", ">x"];
        let ours = [
            "+info",
            "+rg.dumpregistrations",
            "+rg.configget",
            "+cluster|slots",
        ];
        let words = user.iter().chain(&ours);
        let words: Vec<&[u8]> = words.map(|word| word.as_bytes()).collect();
        assert_eq!(client.ask(&words), "+OK");
    }
    let tool = Tool::at(cluster.server(0).url());
    let printed = tool
        .call(["metrics", "--user", "watcher", "-a", "x"])
        .good();
    assert_eq!(Figures::read(&printed).values("gears_up", &[]), [1.0; 3]);
}
