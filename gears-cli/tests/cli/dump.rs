//! `gears dump` and `gears restore`.

use gears_tests::TestServer;
use serde_json::{Value as Json, json};

use crate::tool::Tool;

fn register(tool: &Tool, session: &str, answer: &str) {
    let script = format!(
        "GB('CommandReader').map(lambda x: '{answer}').register(trigger='{session}', mode='sync')"
    );
    let words = [
        "run",
        "-",
        "--id",
        session,
        "--upgrade",
        "--description",
        "of the test",
    ];
    tool.feed(words, script).good();
}

fn answer(tool: &Tool, trigger: &str) -> String {
    tool.call(["trigger", trigger]).good().trim().to_owned()
}

fn sessions(tool: &Tool) -> Vec<String> {
    let json = tool.call(["sessions", "--json"]).json();
    let mut ids: Vec<String> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

/// Changes a dump, as an editor would.
fn edit(tool: &Tool, name: &str, edit: impl FnOnce(&mut Json)) {
    let path = tool.folder().join(name);
    let mut dump: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    edit(&mut dump);
    std::fs::write(path, dump.to_string()).unwrap();
}

#[test]
fn all_goes_to_a_file_and_to_another_server() {
    let (from, to) = (TestServer::private(), TestServer::private());
    let tool = Tool::at(from.url());
    register(&tool, "one", "1");
    register(&tool, "two", "zwei: ü");
    tool.run("GB('StreamReader', desc='d').register('s*', batch=3, mode='async_local')");
    let said = tool.call(["dump", "all.json"]).good();
    assert!(said.contains("3 registrations of 3 sessions"), "{said}");
    let file = tool.folder().join("all.json");
    let other = Tool::at(to.url());
    other.call(["restore", file.to_str().unwrap()]).good();
    assert_eq!(answer(&other, "one"), "1");
    assert_eq!(answer(&other, "two"), "zwei: ü");
    let again = other.call(["dump"]).good();
    assert_eq!(
        again,
        std::fs::read_to_string(&file).unwrap(),
        "it is the same there"
    );
    // Through a pipe, onto an empty server.
    other.call(["unregister", "--all"]).good();
    other.feed(["restore", "-"], again).good();
    assert_eq!(sessions(&other).len(), 3);
}

/// Registers a version of `quote`.
fn deploy(tool: &Tool, version: &str) {
    let script = format!(
        "GB('CommandReader').map(lambda _: '{version}')\
         .register(trigger='quote', mode='sync', version='{version}')"
    );
    let words = ["run", "-", "--id", version, "--upgrade"];
    tool.feed(words, script).good();
}

#[test]
fn versions_come_back_with_the_newest_as_the_newest() {
    let (from, to) = (TestServer::private(), TestServer::private());
    let tool = Tool::at(from.url());
    // By its name, the session of the newest one would come first.
    for version in ["b", "c", "a"] {
        deploy(&tool, version);
    }
    tool.call(["dump", "d.json"]).good();
    let dumped = tool.call(["dump"]).good();
    let file = tool.folder().join("d.json");
    let restore = ["restore", file.to_str().unwrap(), "--policy", "replace"];
    let other = Tool::at(to.url());
    let is_as_dumped = |other: &Tool| {
        for (name, version) in [
            ("quote", "a"),
            ("quote@a", "a"),
            ("quote@b", "b"),
            ("quote@c", "c"),
        ] {
            assert_eq!(answer(other, name), version, "{name}");
        }
        assert_eq!(other.call(["dump"]).good(), dumped);
    };
    other.call(restore).good();
    is_as_dumped(&other);
    // An older version is lacking: the newest stays the newest.
    other.call(["unregister", "quote@b"]).good();
    let done = other.call(restore.iter().chain(&["--json"])).json();
    assert_eq!(
        (&done["restored"], &done["unchanged"]),
        (&json!(["b"]), &json!(["a", "c"]))
    );
    is_as_dumped(&other);
    // Another one is the newest, which the file does not know.
    deploy(&other, "d");
    other.call(restore).good();
    assert_eq!(
        (answer(&other, "quote"), answer(&other, "quote@d")),
        ("a".into(), "d".into())
    );
    other.call(["unregister", "quote@d"]).good();
    // It fails half-way, when an older one has come and gone.
    deploy(&other, "b");
    other.call(["unregister", "quote@c"]).good();
    let before = other.call(["dump"]).good();
    edit(&tool, "d.json", |dump| {
        dump["sessions"][0]["source"] = json!("1/0");
    });
    other
        .call(restore)
        .bad(1, &["ZeroDivisionError", "nothing was restored"]);
    assert_eq!(answer(&other, "quote"), "b");
    assert_eq!(other.call(["dump"]).good(), before);
}

#[test]
fn append_refuses_what_is_there_and_changes_nothing() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    register(&tool, "one", "old");
    register(&tool, "two", "old");
    tool.call(["dump", "d.json"]).good();
    tool.call(["unregister", "two"]).good();
    register(&tool, "one", "new");
    tool.call(["restore", "d.json"])
        .bad(4, &["there already: one", "--policy replace"]);
    assert_eq!(
        (sessions(&tool), answer(&tool, "one")),
        (vec!["one".to_owned()], "new".to_owned())
    );
}

#[test]
fn replace_takes_the_place_of_the_same_and_leaves_others() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    register(&tool, "one", "old");
    register(&tool, "two", "same");
    tool.call(["dump", "d.json"]).good();
    register(&tool, "one", "new");
    register(&tool, "other", "stays");
    let plan = tool
        .call([
            "restore",
            "d.json",
            "--policy",
            "replace",
            "--dry-run",
            "--json",
        ])
        .json();
    assert_eq!(plan["replaced"], json!(["one"]));
    assert_eq!(plan["unchanged"], json!(["two"]));
    assert_eq!(answer(&tool, "one"), "new", "a dry run does nothing");
    tool.call(["restore", "d.json", "--policy", "replace"])
        .good();
    assert_eq!(answer(&tool, "one"), "old");
    assert_eq!(answer(&tool, "other"), "stays");
}

#[test]
fn flush_leaves_what_the_file_holds_alone() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    register(&tool, "one", "old");
    tool.call(["dump", "d.json"]).good();
    tool.call(["unregister", "--all"]).good();
    register(&tool, "other", "goes");
    // A session of another name holds the trigger that comes.
    tool.feed(
        ["run", "-", "--id", "thief"],
        "GB('CommandReader').register(trigger='one')",
    )
    .good();
    let done = tool
        .call(["restore", "d.json", "--policy", "flush", "--json"])
        .json();
    assert_eq!(done["removed"], json!(["other", "thief"]));
    assert_eq!(
        (sessions(&tool), answer(&tool, "one")),
        (vec!["one".to_owned()], "old".to_owned())
    );
}

#[test]
fn dash_is_the_standard_output_and_input() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    register(&tool, "one", "dumped");
    let dump = tool.call(["dump", "-"]).good();
    assert_eq!(dump, tool.call(["dump"]).good());
    assert!(!tool.folder().join("-").exists());
    tool.call(["unregister", "--all"]).good();
    tool.feed(["restore", "-"], dump).good();
    assert_eq!(answer(&tool, "one"), "dumped");
    let said = tool.call(["dump", "d.json"]).good();
    assert_eq!(said, "wrote 1 registration of 1 session to d.json\n");
}

#[test]
fn failure_half_way_puts_everything_back() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    for session in ["a", "b", "c"] {
        register(&tool, session, "dumped");
    }
    tool.call(["dump", "d.json"]).good();
    edit(&tool, "d.json", |dump| {
        dump["sessions"][2]["source"] = json!("1/0");
    });
    tool.call(["unregister", "a", "c"]).good();
    register(&tool, "b", "kept");
    register(&tool, "bystander", "kept");
    let before = tool.call(["dump"]).good();
    for policy in ["replace", "flush"] {
        let outcome = tool.call(["restore", "d.json", "--policy", policy]);
        outcome.bad(1, &["c: ", "ZeroDivisionError", "nothing was restored"]);
        assert_eq!(tool.call(["dump"]).good(), before, "{policy}");
        assert_eq!(answer(&tool, "b"), "kept");
        assert_eq!(answer(&tool, "bystander"), "kept");
    }
    tool.call(["unregister", "b"]).good();
    let before = tool.call(["dump"]).good();
    tool.call(["restore", "d.json"])
        .bad(1, &["nothing was restored"]);
    assert_eq!(tool.call(["dump"]).good(), before, "append");
}

#[test]
fn trigger_of_somebody_else_is_a_failure_that_leaves_all_as_it_was() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    register(&tool, "a", "dumped");
    register(&tool, "b", "dumped");
    tool.call(["dump", "d.json"]).good();
    tool.call(["unregister", "--all"]).good();
    tool.feed(
        ["run", "-", "--id", "thief"],
        "GB('CommandReader').register(trigger='b')",
    )
    .good();
    let said = ["b: ", "trigger already registered", "nothing was restored"];
    tool.call(["restore", "d.json", "--policy", "replace"])
        .bad(4, &said);
    assert_eq!(sessions(&tool), ["thief"]);
}

#[test]
fn what_could_not_be_put_back_is_kept_in_a_file() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    // It registers once, and not again.
    let once = "if execute('INCR', 'runs') == 1:\n    GB('CommandReader').register(trigger='once')";
    tool.feed(["run", "-", "--id", "once"], once).good();
    tool.call(["dump", "d.json"]).good();
    edit(&tool, "d.json", |dump| {
        let mut broken = dump["sessions"][0].clone();
        broken["id"] = json!("broken");
        broken["source"] = json!("1/0");
        dump["sessions"] = json!([broken]);
    });
    let outcome = tool.call(["restore", "d.json", "--policy", "flush"]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.err.contains("not all could be put back"),
        "{outcome:?}"
    );
    let kept = std::fs::read_dir(tool.folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("gears-before-"))
        .expect("a file of what was there");
    assert!(outcome.err.contains(kept.to_str().unwrap()), "{outcome:?}");
    assert!(std::fs::read_to_string(kept).unwrap().contains("runs"));
}

#[test]
fn registrations_that_were_taken_out_stay_out() {
    let (from, to) = (TestServer::private(), TestServer::private());
    let tool = Tool::at(from.url());
    let script = "for x in 'abc': GB('CommandReader').register(trigger=x)";
    tool.feed(["run", "-", "--id", "abc"], script).good();
    tool.call(["unregister", "b"]).good();
    tool.call(["dump", "d.json"]).good();
    let file = tool.folder().join("d.json");
    let other = Tool::at(to.url());
    other.call(["restore", file.to_str().unwrap()]).good();
    let json = other.call(["list", "--json"]).json();
    let triggers: Vec<&Json> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["args"]["trigger"])
        .collect();
    assert_eq!(triggers, ["a", "c"]);
}

#[test]
fn files_that_are_no_dumps_are_refused_before_anything_happens() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    register(&tool, "one", "1");
    tool.call(["dump", "d.json"]).good();
    let whole = std::fs::read(tool.folder().join("d.json")).unwrap();
    tool.file("half.json", &whole[..whole.len() / 2]);
    tool.call(["restore", "half.json", "--policy", "flush"])
        .bad(2, &["half.json is no dump"]);
    tool.file("binary", [0, 255, 3]);
    tool.call(["restore", "binary", "--policy", "flush"])
        .bad(2, &["binary is no dump"]);
    tool.call(["restore", "none", "--policy", "flush"])
        .bad(2, &["none", "No such file"]);
    edit(&tool, "d.json", |dump| dump["version"] = json!(2));
    tool.call(["restore", "d.json"]).bad(2, &["version 2"]);
    edit(&tool, "d.json", |dump| {
        dump["version"] = json!(1);
        let twice = dump["sessions"][0].clone();
        dump["sessions"].as_array_mut().unwrap().push(twice);
    });
    tool.call(["restore", "d.json"]).bad(2, &["twice"]);
    assert_eq!(sessions(&tool), ["one"]);
    tool.call(["dump", "no/such/folder/d.json"])
        .bad(2, &["no/such/folder/d.json"]);
}
