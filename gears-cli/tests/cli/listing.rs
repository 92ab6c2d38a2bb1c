//! `gears list`, `show`, `trigger`, `pause`, `resume`, `cluster`, `stats`.

use gears_tests::TestServer;
use serde_json::Value as Json;

use crate::tool::Tool;

const THREE: &str = "
GB('CommandReader', desc='repeats').map(lambda x: x[1].encode()).register(trigger='echo', mode='sync', convertToStr=False)
GB('KeysReader').register('person:*', mode='async_local')
GB('StreamReader').register('queue', batch=2)
";

fn three() -> (TestServer, Tool) {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.feed(["run", "-", "--id", "three"], THREE).good();
    (server, tool)
}

#[test]
fn list_is_a_table_for_people_and_json_for_programs() {
    let (_server, tool) = three();
    let table = tool.call(["list"]).good();
    insta::assert_snapshot!(table);
    let json = tool.call(["list", "--json"]).json();
    let names: Vec<&Json> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["reader"])
        .collect();
    assert_eq!(names, ["CommandReader", "KeysReader", "StreamReader"]);
    assert_eq!(json[0]["args"]["trigger"], "echo");
    assert_eq!(json[0]["session"], "three");
    assert_eq!(json[2]["args"]["batch"], 2);
}

#[test]
fn list_is_filtered() {
    let (_server, tool) = three();
    let count = |words: &[&str]| {
        let mut all = vec!["list", "--json"];
        all.extend(words);
        tool.call(all).json().as_array().unwrap().len()
    };
    assert_eq!(count(&["person"]), 1);
    assert_eq!(count(&["three"]), 3);
    assert_eq!(count(&["--reader", "streamreader"]), 1);
    assert_eq!(count(&["--failed"]), 0);
    assert_eq!(count(&["nothing"]), 0);
    tool.run("GB('CommandReader').foreach(lambda x: 1/0).register(trigger='bad', mode='sync')");
    tool.call(["trigger", "bad"]).bad(1, &["ZeroDivisionError"]);
    assert_eq!(count(&["--failed"]), 1);
    let none = tool.call(["list", "nothing"]);
    assert!(
        none.err.contains("nothing that is registered fits"),
        "{none:?}"
    );
}

#[test]
fn show_finds_by_id_name_and_session() {
    let (_server, tool) = three();
    let shown = tool.call(["show", "echo"]).good();
    assert!(
        shown.contains("trigger") && shown.contains("repeats"),
        "{shown}"
    );
    let ids = tool.call(["list", "--json"]).json();
    let id = ids[0]["id"].as_str().unwrap();
    assert_eq!(tool.call(["show", id]).good(), shown);
    let number = id.rsplit_once('-').unwrap().1;
    assert_eq!(tool.call(["show", number]).good(), shown);
    assert_eq!(
        tool.call(["show", "three", "--json"])
            .json()
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        tool.call(["show", "echo", "--source"]).good().trim(),
        THREE.trim()
    );
    tool.call(["show", "other"])
        .bad(4, &["nothing is registered as `other`", "gears list"]);
}

#[test]
fn name_of_several_is_refused_with_their_ids() {
    let (_server, tool) = three();
    tool.run("GB('KeysReader').register('person:*')");
    tool.call(["show", "person:*"])
        .bad(2, &["2 registrations", "ids"]);
}

#[test]
fn control_characters_of_the_server_do_not_reach_the_terminal() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.run("GB('CommandReader', desc='\\x1b[2Jgone').register(trigger='t')");
    for words in [["list"].as_slice(), &["show", "t"]] {
        let out = tool.call(words).good();
        assert!(
            !out.contains('\u{1b}') && out.contains("[2Jgone"),
            "{out:?}"
        );
    }
}

#[test]
fn trigger_calls() {
    let (_server, tool) = three();
    assert_eq!(tool.call(["trigger", "echo", "hello"]).good(), "hello\n");
    assert_eq!(tool.call(["trigger", "echo", "--", "-x"]).good(), "-x\n");
    assert_eq!(
        tool.call(["trigger", "echo", "--on-key", "k"]).good(),
        "k\n"
    );
    let json = tool.call(["trigger", "echo", "hello", "--json"]).json();
    assert_eq!(json["results"][0], "hello");
    tool.call(["trigger", "nobody"]).bad(4, &["nobody"]);
}

#[test]
fn streams_are_paused_and_resumed() {
    let (_server, tool) = three();
    let status = || tool.call(["show", "queue", "--json"]).json()[0]["status"].clone();
    assert_eq!(tool.call(["pause", "queue"]).good(), "paused queue\n");
    assert_eq!(status(), "PAUSED");
    assert_eq!(tool.call(["resume", "queue"]).good(), "resumed queue\n");
    assert_eq!(status(), "OK");
    tool.call(["pause", "queue", "echo"])
        .bad(2, &["StreamReader"]);
    assert_eq!(status(), "OK", "all or nothing");
}

#[test]
fn stats_add_up_and_are_set_back() {
    let (_server, tool) = three();
    tool.call(["trigger", "echo", "x"]).good();
    let stats = tool.call(["stats", "--json"]).json();
    assert_eq!(
        (&stats["registrations"], &stats["triggered"]),
        (&3.into(), &1.into())
    );
    assert!(stats["memory"]["current"].as_i64().unwrap() > 0);
    tool.call(["stats", "--reset"]).good();
    assert_eq!(tool.call(["stats", "--json"]).json()["triggered"], 0);
    assert!(tool.call(["stats"]).good().contains("registrations  3"));
    tool.call(["config", "ProfileExecutions=1"]).good();
    tool.call(["trigger", "echo", "x"]).good();
    assert!(
        tool.call(["stats", "--profile", "three"])
            .good()
            .contains("function calls")
    );
    tool.call(["stats", "--reset-profile", "three"]).good();
    tool.call(["stats", "--profile", "nobody"])
        .bad(4, &["RG.PYPROFILE"]);
}

#[test]
fn server_that_stands_alone_is_no_cluster() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    assert_eq!(tool.call(["cluster"]).good(), "the server stands alone\n");
    assert_eq!(
        tool.call(["cluster", "--refresh", "--test", "--json"])
            .json(),
        Json::Null
    );
}
