//! Where its settings come from, and what they do.

use std::fs;

use gears_tests::TestServer;
use serde_json::Value as Json;

use super::{Watching, command};
use crate::tool::Tool;

fn once(tool: &Tool, words: &[&str]) -> String {
    tool.call([&["watch", "--once", "."], words].concat())
        .good()
}

#[test]
fn line_comes_before_environment_before_file() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    for name in ["a.one", "a.two", "a.three", "a.py"] {
        tool.file(name, command(name, "x"));
    }
    assert!(once(&tool, &[]).contains("a.py"));
    tool.file("gears.toml", "[watch]\nscript_pattern = ['*.one']\n");
    let out = once(&tool, &[]);
    assert!(out.contains("a.one") && !out.contains("a.py"), "{out}");
    let tool = tool.env("GEARS_WATCH_SCRIPT_PATTERN", "*.two");
    let out = once(&tool, &[]);
    assert!(out.contains("a.two") && !out.contains("a.one"), "{out}");
    let out = once(&tool, &["--script-pattern", "*.three"]);
    assert!(out.contains("a.three") && !out.contains("a.two"), "{out}");
    // A file of another name, by the option that all commands have.
    tool.file(
        "other.toml",
        "[watch]\nrecursive = true\ndelay = 0.5\nignore = '*.two'\n",
    );
    let out = tool.call(["watch", "--once", ".", "--config", "other.toml"]);
    assert_eq!(out.good(), "");
}

#[test]
fn nonsense_is_refused_before_anything_happens() {
    let tool = Tool::nowhere();
    let watch = |words: &[&str]| tool.call([&["watch"], words].concat());
    watch(&["no/such"]).bad(2, &["no/such cannot be watched", "No such file"]);
    let file = tool.file("a.py", "");
    watch(&[file.to_str().unwrap()]).bad(2, &["Not a directory"]);
    watch(&[]).bad(2, &["<FOLDER>"]);
    watch(&[".", "--script-pattern", "[a"]).bad(2, &["--script-pattern: `[a`"]);
    watch(&[".", "--unblocking-pattern", "("]).bad(2, &["--unblocking-pattern: `(`"]);
    watch(&[".", "-w", "-1"]).bad(2, &["-1"]);
    watch(&[".", "--rescan", "0"]).bad(2, &["--rescan"]);
    watch(&[".", "-l", "none.toml"]).bad(2, &["none.toml cannot be read"]);
    tool.file("log.toml", "level = 'loud'");
    watch(&[".", "-l", "log.toml"]).bad(2, &["log.toml makes no sense", "loud"]);
    tool.file("log.toml", "file = '/no/such/folder/x.log'");
    watch(&[".", "-l", "log.toml"]).bad(2, &["/no/such/folder/x.log"]);
    tool.file("bad.toml", "[watch]\nfolders = 3");
    watch(&[".", "--config", "bad.toml"]).bad(2, &["bad.toml", "folders"]);
    Tool::nowhere()
        .env("GEARS_WATCH_DELAY", "soon")
        .call(["watch", "."])
        .bad(2, &["GEARS_WATCH_DELAY"]);
}

#[test]
fn folders_in_folders_are_watched_when_asked_for() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    for folder in ["deep/er", "drafts", ".git", "__pycache__"] {
        fs::create_dir_all(tool.folder().join(folder)).unwrap();
    }
    for name in [
        "a.py",
        "deep/er/b.py",
        "drafts/c.py",
        ".git/d.py",
        "__pycache__/e.py",
    ] {
        tool.file(name, command(name, "x"));
    }
    assert_eq!(once(&tool, &[]).lines().count(), 1);
    let out = once(&tool, &["-r", "-i", "drafts"]);
    assert!(out.contains("deep/er/b.py"), "{out}");
    assert_eq!(out.lines().count(), 2, "{out}");
    let watching = Watching::begin(&tool, &[".", "-r", "-i", "drafts"]);
    watching.until_said("watching");
    fs::create_dir_all(tool.folder().join("new/er")).unwrap();
    tool.file("new/er/f.py", command("f", "x"));
    watching.until_said("registered new/er/f.py trigger f");
    assert_eq!(server.client().triggers().len(), 3);
}

#[test]
fn unblocking_scripts_are_not_waited_for() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let go = tool.folder().join("go");
    let wait = format!(
        "
import os, time
def wait(_):
    while not os.path.exists({go:?}): time.sleep(0.01)
GB('ShardsIDReader').foreach(wait).run()
"
    );
    tool.file("a-slow.py", wait);
    tool.file("b.py", command("b", "x"));
    let watching = Watching::begin(&tool, &[".", "--unblocking-pattern", "slow"]);
    watching.until_said("started a-slow.py execution 0000");
    watching.until_said("registered b.py");
    let running = tool.call(["executions", "--running", "--json"]).json();
    assert_eq!(running.as_array().unwrap().len(), 1);
    fs::write(go, "").unwrap();
    // It is nobody's: the watcher ends without a word of it.
    assert_eq!(watching.end().0, Some(0));
}

#[test]
fn index_tells_what_was_run() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.file("a.py", command("a", "x"));
    tool.file("b.py", "GB('ShardsIDReader').run()");
    once(&tool, &["--index-prefix", "dev:"]);
    let mut client = server.client();
    let keys = client.ask(&[b"KEYS", b"*"]);
    let key = keys.trim_matches(|char| "[]$\"".contains(char)).to_owned();
    assert!(key.starts_with("dev:{gears:watch}:"), "{keys}");
    let mut entry = |name: &str| -> Json {
        let value = client.value(&[b"HGET", key.as_bytes(), name.as_bytes()]);
        let redis::Value::BulkString(bytes) = value else {
            panic!("{value:?}");
        };
        serde_json::from_slice(&bytes).unwrap()
    };
    let a = entry("a.py");
    assert!(a["path"].as_str().unwrap().ends_with("/a.py"));
    assert_eq!(a["registrations"].as_array().unwrap().len(), 1);
    assert_eq!(entry("b.py")["registrations"].as_array().unwrap().len(), 0);
    // Another prefix is another index: nothing of it is known there.
    let outcome = tool.call(["watch", "--once", ".", "--index-prefix", "test:"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.out.contains("ran          b.py"), "{outcome:?}");
    assert!(outcome.err.contains("already registered"), "{outcome:?}");
}

#[test]
fn log_goes_where_it_is_sent() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.file("a.py", command("a", "x"));
    tool.file("b.py", "1/0");
    tool.file(
        "gears.toml",
        "[watch.log]\nlevel = 'error'\nfile = 'watch.log'\n",
    );
    let outcome = tool.call(["watch", "--once", "."]);
    assert_eq!((outcome.code, &*outcome.out), (Some(1), ""), "{outcome:?}");
    let log = fs::read_to_string(tool.folder().join("watch.log")).unwrap();
    assert!(
        log.starts_with("20") && log.contains("Z error failed b.py: Traceback"),
        "{log}"
    );
    assert!(!log.contains("a.py"), "{log}");
    // A file of its own says all that it says; JSON is a line for each event.
    tool.file(
        "log.toml",
        "level = 'debug'\nfile = 'all.log'\nformat = 'json'\n",
    );
    tool.call(["watch", "--once", ".", "-l", "log.toml"]);
    let log = fs::read_to_string(tool.folder().join("all.log")).unwrap();
    let events: Vec<Json> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        events.iter().any(|event| event["event"] == "connected"),
        "{log}"
    );
    assert!(
        events.iter().any(|event| event["script"] == "b.py"),
        "{log}"
    );
}

#[test]
fn programs_read_a_line_for_each_event() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.file("a.py", command("a", "x"));
    tool.file("b.py", "1/0");
    tool.file("c.py", "GB('ShardsIDReader').run()");
    let outcome = tool.call(["watch", "--once", ".", "--json"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let events: Vec<Json> = outcome
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let names: Vec<_> = events.iter().map(|event| event["event"].clone()).collect();
    assert_eq!(names, ["registered", "failed", "ran"]);
    assert_eq!(events[0]["registrations"].as_array().unwrap().len(), 1);
    let message = events[1]["message"].as_str().unwrap();
    assert!(message.contains("ZeroDivisionError"), "{message}");
    assert_eq!(events[1]["keepsRunning"], false);
    assert_eq!(events[2]["results"], serde_json::json!(["1"]));
}
