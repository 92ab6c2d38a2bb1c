//! Ctrl-C while something goes on.

use std::{
    io::Write as _,
    process::{Child, Stdio},
};

use gears_tests::{TestServer, until};
use serde_json::{Value as Json, json};

use crate::tool::{Tool, end, signal};

const LONG: &str = "
import time
GB('ShardsIDReader').foreach(lambda _: [time.sleep(0.01) for _ in range(100000)]).run()
";

fn begin(tool: &Tool, script: &str) -> Child {
    let mut child = tool.spawn(["run", "-"], Stdio::piped());
    child
        .stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    child
}

fn executions(tool: &Tool, running: bool) -> Vec<Json> {
    let words = ["executions", "--json", "--running"];
    let json = tool.call(&words[..if running { 3 } else { 2 }]).json();
    json.as_array().unwrap().clone()
}

#[test]
fn run_aborts_its_execution() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    for how in [libc::SIGINT, libc::SIGTERM] {
        let mut child = begin(&tool, LONG);
        until("execution", || {
            (!executions(&tool, true).is_empty()).then_some(())
        });
        signal(&child, how);
        let (code, said) = end(&mut child);
        assert_eq!(code, Some(130), "{said}");
        assert!(said.contains("the execution was aborted"), "{said}");
        assert!(!said.contains("panicked"), "{said}");
        until("end of the execution", || {
            executions(&tool, true).is_empty().then_some(())
        });
    }
}

#[test]
fn run_that_has_no_execution_yet_says_so() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    // The server's main thread is busy meanwhile: what it writes tells that it has begun.
    let begun = tool.folder().join("begun");
    let script = format!(
        "import time\nopen({begun:?}, 'w').close()\nfor _ in range(400): time.sleep(0.01)\n"
    );
    let mut child = begin(&tool, &script);
    until("beginning", || begun.exists().then_some(()));
    signal(&child, libc::SIGINT);
    let (code, said) = end(&mut child);
    assert_eq!(code, Some(130), "{said}");
    assert!(
        said.contains("interrupted") && said.contains("go on until they end"),
        "{said}"
    );
}

#[test]
fn restore_puts_back_what_was_there() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    // The server's main thread is busy meanwhile: files tell how far it is.
    let path = |name: &str| tool.folder().join(name);
    let (begun, go) = (path("begun"), path("go"));
    std::fs::write(&go, "").unwrap();
    let script = format!(
        "
import os, time
open({begun:?}, 'w').close()
while not os.path.exists({go:?}): time.sleep(0.01)
GB('CommandReader').register(trigger='slow')
"
    );
    tool.feed(["run", "-", "--id", "b-slow"], &script).good();
    tool.feed(
        ["run", "-", "--id", "a"],
        "GB('CommandReader').register(trigger='a')",
    )
    .good();
    tool.call(["dump", "d.json"]).good();
    tool.call(["unregister", "--all"]).good();
    tool.feed(
        ["run", "-", "--id", "before"],
        "GB('CommandReader').register(trigger='b')",
    )
    .good();
    let before = tool.call(["dump"]).good();
    std::fs::remove_file(&begun).unwrap();
    std::fs::remove_file(&go).unwrap();
    let mut child = tool.spawn(["restore", "d.json", "--policy", "flush"], Stdio::null());
    until("second session", || begun.exists().then_some(()));
    signal(&child, libc::SIGINT);
    std::fs::write(&go, "").unwrap();
    let (code, said) = end(&mut child);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("all is as it was"), "{said}");
    assert_eq!(tool.call(["dump"]).good(), before);
}

#[test]
fn commands_that_only_ask_end_at_once() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let id = tool.feed(["run", "-", "--unblocking"], LONG).good();
    let mut child = tool.spawn(["results", id.trim(), "--wait"], Stdio::null());
    until("waiting client", || {
        let clients = server.client().ask(&[b"CLIENT", b"LIST"]);
        clients.contains("cmd=rg.getresultsblocking").then_some(())
    });
    signal(&child, libc::SIGINT);
    let (code, _) = end(&mut child);
    assert_eq!(code, None, "the signal ended it");
    assert_eq!(executions(&tool, true).len(), 1, "it goes on");
    tool.call(["abort", id.trim()]).good();
    assert_ne!(executions(&tool, false), vec![json!([])]);
}
