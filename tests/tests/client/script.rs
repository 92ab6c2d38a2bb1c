//! Scripts of the user's own, sent as they are.

use std::time::Duration;

use gears_runtime::redis::Value;
use gears_runtime::{ErrorKind, Script};
use gears_tests::TestServer;

fn text(text: &str) -> Value {
    Value::BulkString(text.as_bytes().to_vec())
}

#[test]
fn run_brings_results_and_errors() {
    let server = TestServer::start();
    let gears = server.gears();
    let done = gears.execute(&Script::from_source("x = 1")).unwrap();
    assert!(done.results().is_empty() && done.errors().is_empty());
    let ran = gears
        .execute(&Script::from_source(
            "def numbers():\n    yield from (3, 2, 1, 0)\n\
             GB('PythonReader').map(lambda n: 6 // n).run(numbers)",
        ))
        .unwrap();
    assert_eq!(ran.results(), [text("2"), text("3"), text("6")]);
    assert_eq!(ran.errors().len(), 1);
}

#[test]
fn exception_in_a_script_is_an_error() {
    let server = TestServer::start();
    let gears = server.gears();
    let error = gears
        .execute(&Script::from_source(
            "def f():\n    raise ValueError('no')\nf()",
        ))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Python);
    assert_eq!(error.trigger(), None);
    let python = error.python().unwrap();
    assert_eq!((python.exception(), python.message()), ("ValueError", "no"));
    // A script's own frames are shown.
    let lines: Vec<u32> = python
        .frames()
        .iter()
        .map(gears_runtime::Frame::line)
        .collect();
    assert_eq!(lines, [3, 2]);

    let error = gears
        .execute(&Script::from_source("no Python at all"))
        .unwrap_err();
    assert_eq!(
        error.python().unwrap().exception(),
        "SyntaxError",
        "{error}"
    );
}

#[test]
fn slow_scripts_have_a_time_of_their_own() {
    let server = TestServer::private();
    let gears = server
        .gears()
        .with_response_timeout(Duration::from_millis(50));
    let sleeping = "import time\ntime.sleep(0.3)";
    gears.execute(&Script::from_source(sleeping)).unwrap();
    let hasty = gears.with_execute_timeout(Duration::from_millis(50));
    let error = hasty.execute(&Script::from_source(sleeping)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}
