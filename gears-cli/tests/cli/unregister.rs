//! `gears unregister`.

use gears_tests::TestServer;
use serde_json::json;

use crate::tool::Tool;

fn names(tool: &Tool) -> Vec<String> {
    let json = tool.call(["list", "--json"]).json();
    let all = json.as_array().unwrap().iter();
    all.map(|one| {
        let args = &one["args"];
        let name = args["trigger"].as_str().or(args["pattern"].as_str());
        name.unwrap().to_owned()
    })
    .collect()
}

#[test]
fn one_or_a_session_or_all_are_unregistered() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    for name in ["a", "b", "c"] {
        let script = format!("for x in '12': GB('CommandReader').register(trigger='{name}' + x)");
        tool.feed(["run", "-", "--id", name], script).good();
    }
    let would = tool.call(["unregister", "a1", "--dry-run"]).good();
    assert!(would.contains("would unregister a1"), "{would}");
    tool.call(["unregister", "a1"]).good();
    assert_eq!(names(&tool), ["a2", "b1", "b2", "c1", "c2"]);
    tool.call(["unregister", "b", "a2", "--abort-pending"])
        .good();
    assert_eq!(names(&tool), ["c1", "c2"]);
    // One that is not there: the others stay.
    tool.call(["unregister", "c1", "nobody"])
        .bad(4, &["nobody"]);
    assert_eq!(names(&tool), ["c1", "c2"]);
    let gone = tool.call(["unregister", "--all", "--json"]).json();
    assert_eq!(gone["unregistered"].as_array().unwrap().len(), 2);
    assert_eq!(tool.call(["list", "--json"]).json(), json!([]));
    tool.call(["unregister"]).bad(2, &["--all"]);
}
