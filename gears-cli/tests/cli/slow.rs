//! `gears slow`.

use gears_runtime::embedded::Server;
use gears_tests::{Mask, TestCluster, TestServer, ask, until};
use serde_json::{Value as Json, json};

use crate::tool::Tool;

const SCRIPT: &str = "
import time
def nap(record):
    time.sleep(0.02)
def hook(record):
    time.sleep(0.02)
    return call_next(*record[1:])
GB('CommandReader').map(nap).register(trigger='called', mode='sync')
GB('CommandReader').map(nap).register(trigger='later', mode='async_local')
GB('CommandReader').map(hook).register(hook='set', keyprefix='hooked:', mode='sync')
GB('CommandReader').map(hook).register(hook='set', keyprefix='aside:', mode='async_local')
GB('KeysReader').foreach(nap).register('person:*', mode='async_local', eventTypes=['hset'])
";

fn slow(tool: &Tool, words: &[&str]) -> Vec<Json> {
    let words = ["slow", "--json"].iter().chain(words);
    tool.call(words).json().as_array().unwrap().clone()
}

#[test]
fn slow_calls_are_listed_with_their_gears() {
    let server = TestServer::of(Server::builder().tcp());
    let tool = Tool::at(server.url());
    tool.run(SCRIPT);
    let none = tool.call(["slow"]);
    assert_eq!(none.err, "no call was slow, or none that fits\n");
    let mut client = server.client();
    ask!(client, "CLIENT", "SETNAME", "shop");
    client.trigger("called", &[b"a", b"b\xff"]);
    client.trigger("later", &[b"c"]);
    for key in ["hooked:1", "aside:1"] {
        assert!(ask!(client, "SET", key, "v").contains("OK"));
    }
    ask!(client, "HSET", "person:1", "name", "x");
    let calls = until("the event was noted", || {
        let calls = slow(&tool, &[]);
        (calls.len() >= 5).then_some(calls)
    });
    let of = |gear: &str, first: &str| {
        let found = calls
            .iter()
            .find(|call| call["gear"] == gear && call["arguments"][0].as_str() == Some(first));
        found.unwrap_or_else(|| panic!("no {gear} {first} in {calls:#?}"))
    };
    let called = of("called", "a");
    assert_eq!(called["arguments"], json!(["a", "b\u{fffd}"]));
    assert!(called["us"].as_u64() >= Some(20_000), "{called}");
    let client = called["client"].as_str().unwrap();
    assert!(
        client.starts_with("127.0.0.1:") && client.ends_with(" shop"),
        "{client}"
    );
    of("later", "c");
    of("SET", "hooked:1");
    of("SET", "aside:1");
    let event = of("person:*", "hset");
    assert_eq!(event["arguments"], json!(["hset", "person:1"]));
    assert_eq!(
        (&event["reader"], &event["client"]),
        (&json!("KeysReader"), &Json::Null)
    );
    assert!(event["registration"].is_string(), "{event}");

    assert_eq!(slow(&tool, &["person"]).len(), 1);
    assert_eq!(slow(&tool, &["--count", "2"]).len(), 2);
    let table = tool.call(["slow"]).good();
    let titles = ["WHEN", "TOOK", "GEAR", "ARGUMENTS", "CLIENT"];
    let head = table.lines().next().unwrap();
    assert_eq!(head.split_whitespace().collect::<Vec<_>>(), titles);
    assert_eq!(table.lines().count(), 6, "{table}");
    assert!(table.contains("hset person:1"), "{table}");
}

#[test]
fn shards_are_told_apart_and_one_may_be_away() {
    let mut cluster = TestCluster::start();
    let tool = Tool::at(cluster.server(0).url());
    tool.run(SCRIPT);
    for place in 0..3 {
        cluster.client(place).trigger("called", &[]);
    }
    let of_shards = |calls: &[Json]| {
        let shards = calls
            .iter()
            .map(|call| call["shard"].as_str().unwrap().to_owned());
        shards.collect::<std::collections::BTreeSet<_>>()
    };
    let ids = [0, 1, 2].map(|place| cluster.id(place));
    assert_eq!(of_shards(&slow(&tool, &[])), ids.iter().cloned().collect());
    assert!(tool.call(["slow"]).good().contains("SHARD"));
    cluster.kill(2);
    let said = tool.call(["slow", "--json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains(&ids[2]), "{said:?}");
    let calls: Vec<Json> = serde_json::from_str(&said.out).unwrap();
    assert_eq!(of_shards(&calls), ids[..2].iter().cloned().collect());
}

#[test]
fn redisgears_has_the_log_of_the_server_alone() {
    let server = TestServer::of(Server::builder().tcp());
    let mask = Mask::open(server.url(), 10_213);
    let tool = Tool::at(&mask.url());
    tool.run(SCRIPT);
    server.client().trigger("called", &[]);
    let calls = slow(&tool, &[]);
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0]["gear"], "called");
}

#[test]
fn who_may_not_ask_is_told() {
    let server = TestServer::private();
    let made = ask!(
        server.client(),
        "ACL",
        "SETUSER",
        "guest",
        "on",
        ">x",
        "+@all",
        "-slowlog"
    );
    assert_eq!(made, "+OK");
    let tool = Tool::at(server.url());
    let said = tool.call(["slow", "--user", "guest", "-a", "x"]);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.err.contains("NOPERM"), "{said:?}");
}
