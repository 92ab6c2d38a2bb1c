//! `gears config`.

use gears_tests::TestServer;
use serde_json::json;

use crate::tool::Tool;

#[test]
fn settings_are_shown_and_changed() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let all = tool.call(["config", "--json"]).json();
    assert_eq!(all.as_object().unwrap().len(), 13, "{all}");
    tool.call(["config", "MaxExecutions=7"]).good();
    assert_eq!(
        tool.call(["config", "MaxExecutions"]).good(),
        "MaxExecutions  7\n"
    );
    tool.call(["config", "mine=some thing"]).good();
    assert_eq!(
        tool.call(["config", "mine", "--json"]).json(),
        json!({ "mine": "some thing" })
    );
    let shards = tool
        .call(["config", "MaxExecutions", "--all-shards", "--json"])
        .json();
    assert_eq!(shards.as_object().unwrap().len(), 1);
}

#[test]
fn what_is_refused_is_told() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let outcome = tool.call(["config", "NoSuchThing", "MaxExecutions"]);
    assert_eq!(outcome.code, Some(4));
    assert!(outcome.out.contains("MaxExecutions"), "{outcome:?}");
    assert!(
        outcome.err.contains("no setting NoSuchThing") && outcome.err.contains("`gears config`"),
        "{outcome:?}"
    );
    tool.call(["config", "ExecutionThreads=9"])
        .bad(4, &["ExecutionThreads", "loadmodule"]);
    tool.call(["config", "MaxExecutions=many"])
        .bad(4, &["MaxExecutions"]);
    tool.call(["config", "=1"]).bad(2, &["NAME=VALUE"]);
}
