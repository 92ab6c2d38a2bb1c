//! What is said to whoever names what is not there, or hands over what cannot be read.

use std::process::Stdio;

use gears_tests::{TestServer, until};

use crate::tool::{Tool, signal};

#[test]
fn what_is_not_there_is_told_with_what_there_is() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    for (words, said) in [
        (["show", "x"].as_slice(), ["`x`", "gears list"]),
        (&["unregister", "x"], ["`x`", "gears list"]),
        (&["pause", "x"], ["`x`", "gears list"]),
        (&["resume", "x"], ["`x`", "gears list"]),
        (&["trigger", "x"], ["`x`", "gears list"]),
        (&["executions", "99"], ["`99`", "gears executions"]),
        (&["results", "99"], ["`99`", "gears executions"]),
        (&["abort", "99"], ["`99`", "gears executions"]),
        (&["drop", "99"], ["`99`", "gears executions"]),
        (&["sessions", "x"], ["Session x", "gears sessions"]),
        (&["stats", "--profile", "x"], ["session", "gears sessions"]),
        (&["config", "X"], ["setting X", "error"]),
        (
            &["requirements", "export", "x", "f"],
            ["requirement", "gears requirements"],
        ),
    ] {
        tool.call(words).bad(4, &said);
    }
    for (words, said) in [
        (["list", "--reader", "x"].as_slice(), "KeysReader"),
        (&["executions", "--status", "x"], "aborted"),
        (&["plan"], "main_for_this_binary"),
        (&["apply"], "main_for_this_binary"),
        (&["completions"], "<SHELL>"),
    ] {
        tool.call(words).bad(2, &[said]);
    }
    assert_eq!(std::fs::read_dir(tool.folder()).unwrap().count(), 0);
}

#[test]
fn files_that_cannot_be_read_or_written_are_named() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.file("binary", [0x7f, b'E', b'L', b'F', 0, 0xff]);
    tool.file("empty", "");
    tool.file("script.py", "1\n");
    for (words, name) in [
        (["run", "none"].as_slice(), "none"),
        (&["run", "."], "."),
        (&["run", "binary"], "binary"),
        (
            &["run", "script.py", "--requirements-file", "binary"],
            "binary",
        ),
        (&["run", "script.py", "--requirements-file", "none"], "none"),
        (&["restore", "none"], "none"),
        (&["restore", "."], "."),
        (&["restore", "binary"], "binary"),
        (&["restore", "empty"], "empty"),
        (&["requirements", "import", "none"], "none"),
        (&["requirements", "import", "."], "."),
        (&["dump", "none/d.json"], "none/d.json"),
        (&["dump", "."], "."),
        (&["man", "--folder", "empty/below"], "empty/below"),
        (&["list", "--config", "binary"], "binary"),
    ] {
        tool.call(words).bad(2, &[name, "help:"]);
    }
    // The name of what is written meanwhile is nobody's concern.
    let outcome = tool.call(["dump", "none/d.json"]);
    assert!(!outcome.err.contains(".tmp"), "{outcome:?}");
    tool.call(["run", "empty"]).good();
}

// Only there is a device without an end.
#[cfg(target_os = "linux")]
#[test]
fn files_without_an_end_are_refused() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.file("script.py", "1\n");
    for words in [
        ["run", "/dev/zero"].as_slice(),
        &["run", "script.py", "--requirements-file", "/dev/zero"],
        &["list", "--config", "/dev/zero"],
        &["check", "/dev/zero"],
    ] {
        let outcome = tool.call(words);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.err.contains("larger than"), "{outcome:?}");
    }
}

#[test]
fn reader_that_leaves_a_long_list_is_no_error() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    // More than a pipe holds, of everything.
    let script = "
for number in range(300):
    GB('CommandReader', desc='x' * 400).register(trigger='t%d' % number, mode='sync')
    GB('StreamReader').register('stream%d' % number)
";
    tool.feed(["run", "-", "--id", "many"], script).good();
    tool.call(["config", "MaxExecutions=1000"]).good();
    let started = tool.feed(
        ["run", "-", "--unblocking"],
        "GB('PythonReader').run(lambda: (x for x in ['x' * 1000] * 1000))",
    );
    let id = started.good();
    tool.call(["results", id.trim(), "--wait"]).good();
    for words in [
        ["list"].as_slice(),
        &["list", "--json"],
        &["show", "many"],
        &["show", "many", "--json"],
        &["sessions"],
        &["stats"],
        &["dump"],
        &["results", id.trim()],
        &["executions"],
        &["config"],
        &["doctor", "--no-python"],
        &["pause", "many"],
    ] {
        let mut child = tool.spawn(words, Stdio::null());
        drop(child.stdout.take());
        let status = until("end of gears", || child.try_wait().unwrap());
        // Only streams can be paused.
        let code = if words[0] == "pause" { 2 } else { 0 };
        assert_eq!(status.code(), Some(code), "{words:?}");
    }
}

#[test]
fn all_is_done_although_nobody_reads() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.run("for name in 'ab': GB('StreamReader').register(name)");
    let mut child = tool.spawn(["pause", "a", "b"], Stdio::null());
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    let all = tool.call(["list", "--json"]).json();
    for one in all.as_array().unwrap() {
        assert_eq!(one["status"], "PAUSED", "{one}");
    }
}

#[test]
fn interrupted_dump_leaves_a_whole_file_or_none() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let script = "
for number in range(300):
    GB('CommandReader', desc='x' * 400).register(trigger='t%d' % number, mode='sync')
";
    tool.run(script);
    let whole = tool.call(["dump"]).good();
    for delay in 0..12 {
        let mut child = tool.spawn(["dump", "d.json"], Stdio::null());
        std::thread::sleep(std::time::Duration::from_millis(delay * 2));
        signal(&child, libc::SIGINT);
        until("end of gears", || child.try_wait().unwrap());
        let files: Vec<_> = std::fs::read_dir(tool.folder())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert!(files.iter().all(|name| name == "d.json"), "{files:?}");
        if let Ok(written) = std::fs::read_to_string(tool.folder().join("d.json")) {
            assert_eq!(written, whole);
            std::fs::remove_file(tool.folder().join("d.json")).unwrap();
        }
    }
}
