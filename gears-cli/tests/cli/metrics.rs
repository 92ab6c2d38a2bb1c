//! `gears metrics`, read by Prometheus' own client.

mod cluster;
mod dashboard;
mod http;

use gears_runtime::embedded::Server;
use gears_tests::{Figures, TestServer, ask, until};
use serde_json::json;

use crate::tool::Tool;

/// Gears that go well, fail, are ended at a deadline, wait for somebody to abort them, and have odd names.
const SCRIPT: &str = "
def endless(record):
    while True: pass
GB('CommandReader').map(lambda record: 1).register(trigger='quick', mode='sync')
GB('CommandReader').map(lambda record: 1 / int(record[1])).register(trigger='divide', mode='async_local')
GB('CommandReader').map(endless).register(trigger='late', mode='async_local', timeout_ms=50)
GB('CommandReader').map(endless).register(trigger='endless', mode='async_local')
GB('CommandReader').map(lambda record: 1).register(trigger='o\"d\\\\d\\nné{},=', mode='sync')
GB('KeysReader').foreach(lambda record: None).register('person:*', mode='async_local')
GB('StreamReader').foreach(lambda record: None).register('queue', mode='async_local')
";

#[test]
fn figures_are_those_of_the_gears() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.run(SCRIPT);
    let mut client = server.client();
    for _ in 0..3 {
        client.trigger("quick", &[]);
    }
    client.trigger("divide", &[b"1"]);
    client.trigger("divide", &[b"0"]);
    client.trigger("late", &[]);
    client.trigger("o\"d\\d\nné{},=", &[]);
    ask!(client, "XADD", "queue", "*", "field", "value");
    let waits = tool.spawn(["trigger", "endless"], std::process::Stdio::null());
    until("it runs", || {
        let one = tool.call(["top", "--json", "-i", "0.01"]).json();
        (one["executions"][0]["status"] == "running").then_some(())
    });
    let figures = Figures::read(&tool.call(["metrics"]).good());
    assert_eq!(figures.value("gears_running", &[("gear", "endless")]), 1.0);
    assert_eq!(figures.value("gears_workers_busy", &[]), 1.0);
    tool.call(["abort", "--all"]).good();
    waits.wait_with_output().unwrap();

    let printed = until("the stream was read", || {
        let printed = tool.call(["metrics"]).good();
        let figures = Figures::read(&printed);
        let read = figures.value("gears_calls_total", &[("gear", "queue")]);
        (read >= 1.0).then_some(printed)
    });
    let figures = Figures::read(&printed);
    let of = |name: &str, gear: &str| figures.value(name, &[("shard", "alone"), ("gear", gear)]);
    assert_eq!(figures.value("gears_up", &[("shard", "alone")]), 1.0);
    assert_eq!(figures.value("gears_registrations", &[]), 7.0);
    assert_eq!(of("gears_calls_total", "quick"), 3.0);
    assert_eq!(of("gears_calls_total", "divide"), 2.0);
    assert_eq!(of("gears_failures_total", "divide"), 1.0);
    assert_eq!(of("gears_deadlines_total", "divide"), 0.0);
    assert_eq!(of("gears_failures_total", "late"), 1.0);
    assert_eq!(of("gears_deadlines_total", "late"), 1.0);
    assert_eq!(of("gears_failures_total", "endless"), 1.0);
    assert_eq!(
        of("gears_aborted_total", "endless"),
        0.0,
        "its code had begun"
    );
    assert_eq!(of("gears_running", "endless"), 0.0);
    assert_eq!(of("gears_calls_total", "o\"d\\d\nné{},="), 1.0);
    assert_eq!(of("gears_stream_reading", "queue"), 1.0);
    assert!(of("gears_run_duration_seconds_sum", "late") >= 0.05);
    assert_eq!(of("gears_run_duration_seconds_count", "quick"), 3.0);
    let quantile = |gear, quantile| {
        let labels = [("gear", gear), ("quantile", quantile)];
        figures.values("gears_run_duration_seconds", &labels)
    };
    assert!(quantile("late", "0.99")[0] >= 0.05);
    assert!(quantile("quick", "0.5")[0] <= quantile("quick", "0.99")[0]);
    assert!(quantile("person:*", "0.5").is_empty(), "of no runs");
    let labels = [("mode", "sync")];
    assert_eq!(figures.value("gears_deadline_seconds", &labels), 5.0);
    assert!(figures.value("gears_python_memory_bytes", &[]) > 0.0);
    let labels = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(figures.value("gears_build_info", &labels), 1.0);

    tool.call(["stats", "--reset"]).good();
    let figures = Figures::read(&tool.call(["metrics"]).good());
    let labels = [("gear", "late")];
    assert_eq!(figures.value("gears_deadlines_total", &labels), 0.0);
}

#[test]
fn json_has_the_same_figures() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.run(SCRIPT);
    server.client().trigger("quick", &[]);
    let json = tool.call(["metrics", "--json"]).json();
    let figures = Figures::read(&tool.call(["metrics"]).good());
    let families = json.as_array().unwrap();
    let names = families.iter().flat_map(|family| {
        let samples = family["samples"].as_array().unwrap().iter();
        samples.map(|sample| sample["name"].as_str().unwrap())
    });
    assert_eq!(
        names.collect::<std::collections::BTreeSet<_>>(),
        figures.names()
    );
    let calls = families
        .iter()
        .find(|family| family["name"] == "gears_calls_total");
    let calls = calls.unwrap();
    assert_eq!(calls["type"], "counter");
    assert_eq!(calls["samples"][0]["labels"]["gear"], "quick");
    assert_eq!(calls["samples"][0]["value"], 1.0);
    let never = families
        .iter()
        .find(|one| one["name"] == "gears_run_duration_seconds");
    let values = never.unwrap()["samples"].as_array().unwrap();
    assert!(values.iter().any(|sample| sample["value"] == json!(null)));
}

#[test]
fn what_a_server_does_not_tell_is_left_out() {
    // As RedisGears 1.0 answers: without durations.
    let server = TestServer::of(Server::builder().engine_args(["ReplyShapes", "1.0"]));
    let tool = Tool::at(server.url());
    tool.run("GB('StreamReader').register('queue')");
    let figures = Figures::read(&tool.call(["metrics"]).good());
    assert_eq!(figures.value("gears_up", &[]), 1.0);
    assert_eq!(
        figures.value("gears_calls_total", &[("gear", "queue")]),
        0.0
    );
    assert!(
        !figures.names().contains("gears_stream_lag_seconds"),
        "{figures:#?}"
    );
}

#[test]
fn server_that_is_not_there_is_down_and_an_error() {
    let tool = Tool::at("redis://127.0.0.1:1/");
    let said = tool.call(["metrics"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains("does not answer"), "{said:?}");
    let figures = Figures::read(&said.out);
    let labels = [("address", "127.0.0.1:1")];
    assert_eq!(figures.value("gears_up", &labels), 0.0);
    assert_eq!(figures.metrics.len(), 1, "{figures:?}");
    tool.call(["metrics", "--timeout", "0"])
        .bad(2, &["--timeout"]);
    tool.call(["metrics", "--listen", "nowhere"])
        .bad(2, &["--listen"]);
    tool.call(["metrics", "--listen", "127.0.0.1:0", "--json"])
        .bad(2, &["cannot be used with"]);
}

#[test]
fn who_may_not_ask_is_told_and_counts_as_down() {
    let server = TestServer::private();
    let mut client = server.client();
    let made = ask!(
        client, "ACL", "SETUSER", "guest", "on", ">x", "+@all", "-info"
    );
    assert_eq!(made, "+OK");
    let tool = Tool::at(server.url());
    let said = tool.call(["metrics", "--user", "guest", "-a", "x"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains("NOPERM"), "{said:?}");
    assert_eq!(Figures::read(&said.out).value("gears_up", &[]), 0.0);
}

#[test]
fn few_rights_are_enough() {
    let server = TestServer::private();
    let mut client = server.client();
    let rights = ["+info", "+rg.dumpregistrations", "+rg.configget"];
    let [info, dump, get] = rights;
    let made = ask!(
        client, "ACL", "SETUSER", "watcher", "on", ">x", info, dump, get
    );
    assert_eq!(made, "+OK");
    let tool = Tool::at(server.url());
    let printed = tool
        .call(["metrics", "--user", "watcher", "-a", "x"])
        .good();
    assert_eq!(Figures::read(&printed).value("gears_up", &[]), 1.0);
    let page = include_str!("../../../guide/pages/operating.md");
    assert!(page.contains(&rights.join(" ")));
}
