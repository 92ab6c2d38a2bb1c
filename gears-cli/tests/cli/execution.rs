//! `gears executions`, `results`, `abort`, `drop`.

use gears_tests::{TestServer, until};
use serde_json::json;

use crate::tool::Tool;

const LONG: &str = "
import time
GB('ShardsIDReader').foreach(lambda _: [time.sleep(0.01) for _ in range(100000)]).run()
";

fn start(tool: &Tool, script: &str) -> String {
    tool.feed(["run", "-", "--unblocking"], script)
        .good()
        .trim()
        .to_owned()
}

#[test]
fn executions_are_listed_and_shown() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let id = start(&tool, "GB('ShardsIDReader').map(lambda x: x).run()");
    tool.call(["results", &id, "--wait"]).good();
    let table = tool.call(["executions"]).good();
    assert!(
        table.contains("done") && table.contains("a client"),
        "{table}"
    );
    let json = tool.call(["executions", "--json"]).json();
    assert_eq!(json[0]["id"], id.as_str());
    assert_eq!(
        tool.call(["executions", "--running", "--json"]).json(),
        json!([])
    );
    assert_eq!(
        tool.call(["executions", "--status", "DONE", "--json"])
            .json(),
        json
    );
    let number = id.rsplit_once('-').unwrap().1;
    let plan = tool.call(["executions", number]).good();
    assert!(plan.contains("map") && plan.contains("done"), "{plan}");
    let plan = tool
        .call(["executions", number, "--shard", "--json"])
        .json();
    assert_eq!(plan["shards"][0]["results"], 1);
    tool.call(["executions", "77"])
        .bad(4, &["there is no execution `77`"]);
}

#[test]
fn executions_are_aborted_and_dropped() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let ids = [start(&tool, LONG), start(&tool, LONG)];
    tool.call(["results", &ids[0]]).bad(4, &["running"]);
    // One of them is not there: none is aborted.
    tool.call(["abort", &ids[0], "99"]).bad(4, &["`99`"]);
    assert_eq!(
        tool.call(["executions", "--running", "--json"])
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    tool.call(["abort", &ids[0]]).good();
    tool.call(["abort", "--all"]).good();
    until("end of the executions", || {
        let running = tool.call(["executions", "--running", "--json"]).json();
        (running == json!([])).then_some(())
    });
    tool.call(["drop", &ids[0]]).good();
    assert_eq!(
        tool.call(["drop", "--finished", "--json"]).json()["dropped"],
        json!([ids[1]])
    );
    assert_eq!(tool.call(["executions", "--json"]).json(), json!([]));
    tool.call(["drop", &ids[1]])
        .bad(4, &["there is no execution"]);
    tool.call(["drop"]).bad(2, &["--finished"]);
}

#[test]
fn waiting_ends_in_time() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let id = start(&tool, LONG);
    tool.call(["results", &id, "--wait", "--timeout", "0.2"])
        .bad(3, &["200ms"]);
    tool.call(["abort", &id]).good();
    let again = tool.call(["abort", &id]);
    assert!(again.err.contains("had ended before"), "{again:?}");
    again.good();
}
