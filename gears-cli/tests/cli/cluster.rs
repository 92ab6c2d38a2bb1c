//! The commands against a cluster whose shards share what is registered and run scripts by themselves.

use gears_tests::{TestCluster, ask, wheel};
use serde_json::{Value as Json, json};

use crate::tool::Tool;

const HERE: &str =
    "GB('CommandReader').map(lambda x: 'here').register(trigger='t', mode='async_local')";

fn ids(cluster: &TestCluster) -> Vec<String> {
    (0..3).map(|place| cluster.id(place)).collect()
}

/// Returns how many registrations each shard has.
fn held(cluster: &TestCluster) -> Vec<usize> {
    (0..3)
        .map(|place| cluster.client(place).triggers().len())
        .collect()
}

#[test]
fn shards_are_shown_and_given_settings() {
    let cluster = TestCluster::start();
    let tool = Tool::at(cluster.server(0).url());
    let ids = ids(&cluster);
    let shown = tool.call(["cluster"]);
    assert_eq!(shown.err, "", "there is nothing to say");
    let shown = shown.good();
    assert!(ids.iter().all(|id| shown.contains(id)), "{shown}");
    let json = tool.call(["cluster", "--json"]).json();
    assert_eq!(json["myId"], ids[0].as_str());
    assert_eq!(json["shards"].as_array().unwrap().len(), 3);
    assert_eq!(json["shards"][0]["slots"], json!([[0, 5460]]));
    assert_eq!(json["together"], true);

    tool.call(["config", "MaxExecutions=77", "--all-shards"])
        .good();
    let settings = tool
        .call(["config", "MaxExecutions", "--all-shards", "--json"])
        .json();
    for id in &ids {
        assert_eq!(settings[id]["MaxExecutions"], 77, "{settings}");
    }
}

#[test]
fn scripts_run_over_all_shards() {
    let cluster = TestCluster::start();
    for place in 0..3 {
        let key = cluster.key_at(place, "k");
        assert_eq!(ask!(cluster.client(place), "SET", key, "v"), "+OK");
    }
    for place in 0..3 {
        let tool = Tool::at(cluster.server(place).url());
        let ran = tool.feed(["run", "-"], "GB().map(lambda r: r['value']).run()");
        assert_eq!(ran.err, "", "there is nothing to say");
        assert_eq!(ran.good(), "v\nv\nv\n");
        // They are run over once, whatever is asked for.
        let all = tool.feed(["run", "-", "--all-shards"], "GB().count().run()");
        assert_eq!(all.err, "", "there is nothing to say");
        assert_eq!(all.good(), "3\n");
    }
    let tool = Tool::at(cluster.server(0).url());
    assert_eq!(tool.feed(["run", "-"], "1/0").code, Some(1));
}

#[test]
fn executions_are_told_apart_by_their_shards() {
    let cluster = TestCluster::start();
    let ids = ids(&cluster);
    let tool = Tool::at(cluster.server(0).url());
    let script = "GB('ShardsIDReader').map(lambda x: 7).run()";
    let start = |place: usize| {
        let shard = Tool::at(cluster.server(place).url());
        let started = shard.feed(["run", "-", "--unblocking"], script).good();
        started.trim_end().to_owned()
    };
    let started: Vec<String> = (0..3).map(start).collect();
    for (id, shard) in started.iter().zip(&ids) {
        assert!(id.starts_with(shard), "{started:?}");
    }
    for id in &started {
        assert_eq!(tool.call(["results", id, "--wait"]).good(), "7\n7\n7\n");
        let plan = tool.call(["executions", id, "--json"]).json();
        assert_eq!(plan["id"], id.as_str());
        assert_eq!(plan["shards"].as_array().unwrap().len(), 3, "{plan}");
    }
    let listed = tool.call(["executions", "--json"]).json();
    let listed: Vec<&Json> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["id"])
        .collect();
    // All shards list each; it is one all the same.
    assert_eq!(listed.len(), 3, "{listed:?}");
    assert!(
        started.iter().all(|id| listed.contains(&&json!(id))),
        "{listed:?}"
    );
    tool.call(["drop", &started[1]]).good();
    tool.call(["results", &started[1]])
        .bad(4, &["no execution", &started[1]]);
    assert_eq!(
        tool.call(["executions", "--json"])
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    tool.call(["drop", "--finished"]).good();
    assert_eq!(tool.call(["executions", "--json"]).json(), json!([]));
}

#[test]
fn what_all_shards_have_is_one_and_is_told_once() {
    let cluster = TestCluster::start();
    let tool = Tool::at(cluster.server(1).url());
    // Their numbers are not the same afterwards.
    for _ in 0..3 {
        tool.run("GB('ShardsIDReader').run()");
    }
    tool.feed(["run", "-", "--all-shards", "--id", "s"], HERE)
        .good();
    assert_eq!(held(&cluster), [1, 1, 1]);
    for place in 0..3 {
        let other = Tool::at(cluster.server(place).url());
        assert_eq!(other.call(["trigger", "t"]).good(), "here\n", "{place}");
    }
    let listed = tool.call(["list", "--json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed[0]["triggered"], 3);
    assert_eq!(listed[0]["shards"].as_object().unwrap().len(), 3);
    assert!(tool.call(["list"]).good().contains("3/3"));
    assert_eq!(tool.call(["stats", "--json"]).json()["registrations"], 1);
    let shown = tool.call(["show", "t"]).good();
    assert!(ids(&cluster).iter().all(|id| shown.contains(id)), "{shown}");
    assert_eq!(tool.call(["show", "t", "--source"]).good().trim(), HERE);

    // What is registered on one is there on all, and nothing is said of one alone.
    let said = tool.feed(["run", "-"], "GB('StreamReader').register('queue')");
    assert_eq!(said.err, "", "{said:?}");
    said.good();
    let listed = tool.call(["list"]);
    assert_eq!(listed.err, "", "{listed:?}");
    assert!(!listed.good().contains("1/3"));
    assert_eq!(tool.call(["pause", "queue"]).good(), "paused queue\n");
    for place in 0..3 {
        let registered = ask!(cluster.client(place), "RG.DUMPREGISTRATIONS");
        assert!(registered.contains("PAUSED"), "{place}: {registered}");
    }
    tool.run("GB('CommandReader').register(trigger='other')");
    tool.call(["trigger", "nobody"])
        .bad(4, &["nobody", "`gears list`"]);
    tool.call(["unregister", "t"]).good();
    assert_eq!(held(&cluster), [1, 1, 1]);
    tool.call(["unregister", "--all"]).good();
    assert_eq!(held(&cluster), [0, 0, 0]);
}

#[test]
fn dumps_hold_what_any_shard_has_and_go_to_all() {
    let cluster = TestCluster::start();
    let tool = Tool::at(cluster.server(0).url());
    tool.feed(["run", "-", "--id", "s"], HERE).good();
    let said = tool.call(["dump", "d.json"]).good();
    assert!(said.contains("1 registration of 1 session"), "{said}");
    tool.call(["unregister", "--all"]).good();
    tool.call(["restore", "d.json"]).good();
    assert_eq!(held(&cluster), [1, 1, 1]);
    let again = tool.call(["dump"]).good();
    let file = std::fs::read_to_string(tool.folder().join("d.json")).unwrap();
    assert_eq!(again, file, "it is the same on all");
    tool.call(["restore", "d.json"])
        .bad(4, &["there already: s"]);
    let plan = tool.call(["restore", "d.json", "--policy", "replace", "--json"]);
    assert_eq!(plan.json()["unchanged"], json!(["s"]));

    // What was taken out comes back to all.
    let id = cluster.client(2).id("t").unwrap();
    assert_eq!(ask!(cluster.client(2), "RG.UNREGISTER", id), "+OK");
    assert_eq!(held(&cluster), [0, 0, 0]);
    tool.call(["restore", "d.json", "--policy", "replace"])
        .good();
    assert_eq!(held(&cluster), [1, 1, 1]);

    // It cannot be done: all are as they were.
    let fails = HERE.replace("'here'", "'new'") + "\n1/0\n";
    let path = tool.folder().join("d.json");
    let mut dump: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    dump["sessions"][0]["source"] = json!(fails);
    tool.file("broken.json", dump.to_string());
    tool.call(["restore", "broken.json", "--policy", "replace"])
        .bad(1, &["ZeroDivisionError", "all is as it was"]);
    for place in 0..3 {
        let other = Tool::at(cluster.server(place).url());
        assert_eq!(other.call(["trigger", "t"]).good(), "here\n", "{place}");
    }
    assert_eq!(tool.call(["dump"]).good(), file);

    // Another script takes its place on all.
    let other = HERE.replace("'here'", "'other'");
    let words = ["run", "-", "--id", "s", "--upgrade"];
    tool.feed(words, other).good();
    for place in 0..3 {
        let at = Tool::at(cluster.server(place).url());
        assert_eq!(at.call(["trigger", "t"]).good(), "other\n", "{place}");
    }
    assert_ne!(tool.call(["dump"]).good(), file);
}

#[test]
fn node_that_is_down_is_a_sentence() {
    let mut cluster = TestCluster::start();
    let tool = Tool::at(cluster.server(0).url());
    let port = cluster.server(2).port().unwrap().to_string();
    cluster.kill(2);
    for words in [["list"].as_slice(), &["executions"], &["dump"], &["stats"]] {
        tool.call(words).bad(3, &["refused", &port]);
    }
}

#[test]
fn packages_are_found_on_any_shard_and_go_to_all() {
    let cluster = TestCluster::start();
    let tool = Tool::at(cluster.server(2).url());
    let path = wheel(tool.folder(), "gearsspread", "1.0", "x = 1\n");
    let name = path.to_str().unwrap();
    tool.feed(["run", "-", "-r", name], "GB('ShardsIDReader').run()")
        .good();
    tool.call(["requirements", "export", name, "spread.bin"])
        .good();
    tool.call(["requirements", "import", "spread.bin"]).good();
    for place in 0..3 {
        let reqs = ask!(cluster.client(place), "RG.PYDUMPREQS");
        assert!(reqs.contains("gearsspread"), "{place}: {reqs}");
    }
}

#[test]
fn who_may_not_ask_for_the_cluster_is_told_what_to_allow() {
    let cluster = TestCluster::start();
    for place in 0..3 {
        let made = ask!(
            cluster.client(place),
            "ACL",
            "SETUSER",
            "guest",
            "on",
            "nopass",
            "~*",
            "+@all",
            "-rg.infocluster"
        );
        assert_eq!(made, "+OK");
    }
    let tool = Tool::at(cluster.server(0).url());
    for command in ["list", "executions", "sessions", "stats"] {
        tool.call([command, "--user", "guest", "-a", "x"])
            .bad(4, &["NOPERM", "+rg.infocluster", "gears doctor"]);
    }
}
