//! For scripts: one table, or JSON.

use std::collections::BTreeSet;

use gears_tests::{Terminal, TestCluster, TestServer, ask, until};
use serde_json::{Value as Json, json};

use super::{Calls, SCRIPT, SIZE, cell, names};
use crate::tool::Tool;

#[test]
fn without_a_terminal_it_says_what_to_do() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.call(["top"])
        .bad(2, &["draws on a terminal", "--once", "--json"]);
    tool.call(["top", "--interval", "0"])
        .bad(2, &["no number of seconds"]);
    tool.call(["top", "--interval", "0.001"])
        .bad(2, &["less than 0.01 s"]);
    tool.call(["top", "--interval", "1e18"])
        .bad(2, &["at most a year"]);
    tool.call(["top", "--sort", "colour"])
        .bad(2, &["possible values", "rate"]);
}

#[test]
fn table_is_printed_once() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    assert_eq!(tool.call(["top", "--once", "-i", "0.01"]).good(), "");
    tool.run(SCRIPT);
    server.client().trigger("divide", &[b"0"]);
    let _calls = Calls::of(&server, "nap", &[]);
    let words = ["top", "--once", "--interval", "0.2"];
    let printed = tool.call(words).good();
    let lines: Vec<String> = printed.lines().map(str::to_owned).collect();
    assert_eq!(
        lines[0].split_whitespace().collect::<Vec<_>>(),
        [
            "NAME", "READER", "MODE", "RATE/S", "P50", "P99", "RUNS", "FAILED", "WAIT", "RUN"
        ]
    );
    assert_eq!(names(&lines)[0], "nap", "{printed}");
    let rate: f64 = cell(&lines, "nap", "RATE/S").unwrap().parse().unwrap();
    assert!(rate > 1.0, "{printed}");
    assert_eq!(cell(&lines, "divide", "FAILED").as_deref(), Some("1"));
    assert!(!printed.contains('\x1b'), "{printed}");
    let filtered = tool.call(words.iter().chain(&["--filter", "div"])).good();
    assert!(
        filtered.contains("divide") && !filtered.contains("quick"),
        "{filtered}"
    );
    let by_name = tool
        .call(words.iter().chain(&["--sort", "name", "--reverse"]))
        .good();
    let lines: Vec<String> = by_name.lines().map(str::to_owned).collect();
    assert_eq!(names(&lines)[0], "quick", "{by_name}");
}

#[test]
fn json_is_for_programs() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.run(SCRIPT);
    server.client().trigger("divide", &[b"0"]);
    let id = tool
        .feed(
            ["run", "-", "--unblocking"],
            "import time\n\
             GB('ShardsIDReader').foreach(lambda _: [time.sleep(0.01) for _ in range(9999)]).run()",
        )
        .good();
    let words = ["top", "--json", "--interval", "0.1", "--sort", "name"];
    let json = tool.call(words).json();
    tool.call(["abort", id.trim()]).good();
    let divide = &json["gears"][0];
    assert_eq!(divide["name"], "divide");
    assert_eq!(divide["failed"], 1);
    assert_eq!(divide["ratePerSecond"], 0.0);
    assert!(divide["p99Us"].as_u64() > Some(0), "{json}");
    assert_eq!(json["executions"][0]["id"], id.trim());
    assert_eq!(json["executions"][0]["status"], "running");
    assert_eq!(json["executions"][0]["gear"], json!(null));
    assert_eq!(json["workers"]["busy"], 1, "{json}");
}

#[test]
fn who_may_not_ask_for_info_sees_the_rest() {
    let server = TestServer::private();
    Tool::at(server.url()).run(SCRIPT);
    let mut client = server.client();
    client.trigger("quick", &[]);
    let made = ask!(
        client, "ACL", "SETUSER", "ann", "on", ">secret", "~*", "&*", "+@all", "-info"
    );
    assert_eq!(made, "+OK");
    let socket = server.url().trim_start_matches("redis+unix://");
    let socket = socket.trim_start_matches("unix://").split('?').next();
    let tool = Tool::nowhere()
        .env("GEARS_SOCKET", socket.unwrap())
        .env("GEARS_USER", "ann")
        .env("GEARS_PASSWORD", "secret");
    let words = ["top", "--interval", "0.01", "--filter", "quick"];
    let json = tool.call(words.iter().chain(&["--json"])).json();
    let quick = &json["gears"][0];
    assert_eq!(
        (&quick["triggered"], &quick["p99Us"]),
        (&json!(1), &json!(null))
    );
    assert_eq!(json["workers"], json!(null));
    let printed = tool.call(words.iter().chain(&["--once"])).good();
    let lines: Vec<String> = printed.lines().map(str::to_owned).collect();
    for (title, told) in [("RUNS", "1"), ("P50", "-"), ("P99", "-"), ("WAIT", "-")] {
        let cell = cell(&lines, "quick", title);
        assert_eq!(cell.as_deref(), Some(told), "{printed}");
    }
}

#[test]
fn shards_of_a_cluster_are_one_table() {
    let cluster = TestCluster::start();
    let tool = Tool::at(cluster.server(0).url());
    cluster.client(0).install(SCRIPT);
    for place in 0..3 {
        cluster.client(place).trigger("quick", &[]);
    }
    let json = tool
        .call(["top", "--json", "-i", "0.01", "--filter", "quick"])
        .json();
    assert_eq!(json["shards"], 3);
    let gears = json["gears"].as_array().unwrap();
    assert_eq!(gears.len(), 1, "{json}");
    assert_eq!(gears[0]["triggered"], 3, "{json}");
    assert!(json["workers"]["all"].as_u64() >= Some(3), "{json}");
}

#[test]
fn each_shard_of_a_cluster_is_told_too() {
    let cluster = TestCluster::start();
    let tool = Tool::at(cluster.server(0).url());
    cluster.client(0).install(SCRIPT);
    let mut client = cluster.client(2);
    assert!(
        client
            .trigger("divide", &[b"0"])
            .contains("division by zero")
    );
    let go = tool.folder().join("go");
    let script = format!(
        "import os, time\n\
         def wait(_):\n    \
             while not os.path.exists({go:?}): time.sleep(0.005)\n\
         GB('ShardsIDReader').foreach(wait).count().run()"
    );
    let id = tool.feed(["run", "-", "--unblocking"], &script).good();
    let ids: BTreeSet<String> = (0..3).map(|place| cluster.id(place)).collect();
    let json = until("the execution on all shards", || {
        let json = tool.call(["top", "--json", "-i", "0.01"]).json();
        let runs = json["executions"].as_array().unwrap().clone();
        // By one id on each of them.
        let ours = runs.iter().filter(|run| run["id"] == id.trim());
        let shards = ours.map(|run| run["shard"].as_str().unwrap().to_owned());
        (shards.collect::<BTreeSet<_>>() == ids).then_some(json)
    });
    let of_each = json["perShard"].as_array().unwrap();
    let told: BTreeSet<String> = of_each
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told, ids);
    for shard in of_each {
        let failed = i64::from(shard["id"] == cluster.id(2).as_str());
        assert_eq!(shard["failed"], failed, "{json}");
        assert!(shard["executions"].as_u64() >= Some(1), "{json}");
        assert!(shard["workers"]["busy"].as_u64() >= Some(1), "{json}");
    }
    let printed = tool.call(["top", "--once", "-i", "0.01"]).good();
    let (_, below) = printed.split_once("EXECUTIONS").unwrap();
    assert!(
        ids.iter().all(|id| below.contains(id.as_str())),
        "{printed}"
    );

    let terminal = Terminal::start(tool.command(["top", "--interval", "0.1"]), SIZE);
    terminal.until("the shards below", |lines| {
        let titles = lines.iter().rposition(|line| line.contains("BUSY"))?;
        let below = lines[titles..].join("\n");
        ids.iter().all(|id| below.contains(&id[..8])).then_some(())
    });
    std::fs::write(&go, "").unwrap();
    assert_eq!(tool.call(["results", id.trim(), "--wait"]).good(), "3\n");
}

#[test]
fn what_shards_register_in_turn_is_a_row_each() {
    let cluster = TestCluster::start();
    let tool = Tool::at(cluster.server(0).url());
    // Alike but for who registered them: each has an id, and is on all.
    for place in 0..2 {
        cluster
            .client(place)
            .install("GB('KeysReader').register('same:*', mode='async_local')");
    }
    let key = cluster.key_at(2, "same");
    assert_eq!(ask!(cluster.client(2), "SET", key, "v"), "+OK");
    let ran = |list: &[Json], name: &str| -> Vec<i64> {
        let each = list.iter().map(|one| one[name].as_i64().unwrap());
        each.collect()
    };
    until("two rows that have run", || {
        let words = ["top", "--json", "-i", "0.01", "--filter", "same"];
        let told = tool.call(words).json()["gears"].as_array().unwrap().clone();
        (ran(&told, "triggered") == [1, 1]).then_some(())
    });
    // As the listing has it.
    let listed = tool.call(["list", "--json", "same"]).json();
    let listed = listed.as_array().unwrap();
    assert_eq!(ran(listed, "triggered"), [1, 1]);
    assert!(
        listed
            .iter()
            .all(|one| one["shards"].as_object().unwrap().len() == 3)
    );
    // One of them goes, from all shards.
    let id = listed[0]["id"].as_str().unwrap();
    tool.call(["unregister", id]).good();
    for place in 0..3 {
        let left = ask!(cluster.client(place), "RG.DUMPREGISTRATIONS");
        assert!(!left.contains(id), "{place}: {left}");
        assert!(left.contains("same:*"), "{place}: {left}");
    }
}
