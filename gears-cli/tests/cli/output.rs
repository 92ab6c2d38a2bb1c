//! Colours, and pipes that are closed.

use std::process::Stdio;

use gears_tests::TestServer;

use crate::tool::{Tool, end};

#[test]
fn colours_are_for_terminals_and_those_who_ask() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.run("GB('CommandReader').register(trigger='t')");
    let colourful = |tool: &Tool, words: &[&str]| tool.call(words).good().contains('\u{1b}');
    assert!(!colourful(&tool, &["list"]), "a pipe is no terminal");
    assert!(colourful(&tool, &["list", "--color", "always"]));
    assert!(!colourful(&tool, &["list", "--color", "never"]));
    assert!(
        !colourful(&tool, &["list", "--json", "--color", "always"]),
        "JSON has none"
    );
    let plain = Tool::at(server.url()).env("NO_COLOR", "1");
    assert!(!colourful(&plain, &["list"]));
    let forced = Tool::at(server.url()).env("CLICOLOR_FORCE", "1");
    assert!(colourful(&forced, &["list"]));
}

#[test]
fn progress_stays_off_pipes() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let outcome = tool.feed(["run", "-"], "GB('ShardsIDReader').run()");
    assert_eq!((outcome.err.as_str(), outcome.out.as_str()), ("", "1\n"));
}

#[test]
fn reader_that_has_seen_enough_is_no_error() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    // More than a pipe holds.
    let many = "GB('PythonReader').run(lambda: (x for x in ['x' * 1000] * 1000))";
    tool.file("many.py", many);
    for words in [
        ["run", "many.py"].as_slice(),
        &["run", "many.py", "--json"],
        &["reference"],
        &["man"],
        &["list"],
        &["--help"],
    ] {
        let mut child = tool.spawn(words, Stdio::null());
        // Closed before anything was read.
        drop(child.stdout.take());
        let (code, said) = end(&mut child);
        assert_eq!(code, Some(0), "{words:?}: {said}");
        assert!(
            !said.contains("panicked") && !said.contains("error"),
            "{words:?}: {said}"
        );
    }
}

// Only there is a device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn output_that_is_full_is_an_error() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = tool
        .command(["list", "--json"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be written"));
}

#[test]
fn registration_is_done_although_nobody_reads() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.run("GB('CommandReader').register(trigger='a')");
    tool.run("GB('CommandReader').register(trigger='b')");
    let mut child = tool.spawn(["unregister", "a", "b"], Stdio::null());
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(tool.call(["list", "--json"]).json(), serde_json::json!([]));
}
