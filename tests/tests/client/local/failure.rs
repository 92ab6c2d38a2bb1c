//! Exceptions in a local Python read as those of a server.

use gears_runtime::{Error, ErrorKind, Result, gear_command};
use gears_tests::{TestServer, unless_lacking};

use super::Local;

const RAISING: u32 = line!();
#[gear_command]
fn local_raising(text: &str) -> Result<String> {
    r#"
    def inner(text):
        raise ValueError("no " + text)

    return inner(text)
    "#
}

#[gear_command]
fn local_raising_late(text: &str) -> Result<String> {
    r#"
    import asyncio
    await asyncio.sleep(0)
    raise LookupError(text)
    "#
}

#[gear_command]
fn local_raising_flat(text: &str) -> Result<()> {
    "flat_error(text)"
}

#[gear_command]
fn local_raising_exit() -> Result<()> {
    "raise SystemExit(3)"
}

#[gear_command]
fn local_refused(key: &str) -> Result<()> {
    r#"
    execute("SET", key, "text")
    try:
        execute("LPUSH", key, "x")
    except Exception as error:
        raise RuntimeError("no such thing") from error
    "#
}

#[gear_command]
fn local_unfit() -> Result<u8> {
    "return {'not': 'a number'}"
}

/// What of an error must be the same everywhere.
fn told(error: &Error) -> (ErrorKind, String, Vec<gears_runtime::Frame>) {
    let text = error.to_string();
    // Which part of a line is marked depends on the version of Python.
    let lines = text
        .lines()
        .filter(|line| line.trim().is_empty() || !line.trim().trim_matches(['~', '^']).is_empty());
    let frames = error.python().map(|python| python.frames().to_vec());
    (
        error.kind(),
        lines.collect::<Vec<_>>().join("\n"),
        frames.unwrap_or_default(),
    )
}

#[test]
fn errors_are_those_of_a_server() {
    let gears = &[
        &local_raising::GEAR,
        &local_raising_flat::GEAR,
        &local_raising_exit::GEAR,
        &local_refused::GEAR,
        &local_unfit::GEAR,
    ];
    let local = Local::of(gears);
    let server = TestServer::start();
    let there = server.register(gears);
    let all = |gears: &gears_runtime::Gears, key: &str| {
        [
            told(&local_raising::on(gears).call("luck").unwrap_err()),
            told(&local_raising::on(gears).call("é\n%s'\"").unwrap_err()),
            told(&local_raising_flat::on(gears).call("just this").unwrap_err()),
            told(&local_raising_exit::on(gears).call().unwrap_err()),
            told(&local_refused::on(gears).call(key).unwrap_err()),
            told(&local_unfit::on(gears).call().unwrap_err()),
        ]
    };
    let key = server.name("refused");
    assert_eq!(all(&local.gears, &key), all(&there, &key));

    let late = &[&local_raising_late::GEAR];
    if let Some(there) = unless_lacking(server.try_register(late), "`await`") {
        let here = Local::of(late);
        let late = |gears| told(&local_raising_late::on(gears).call("luck").unwrap_err());
        assert_eq!(late(&here.gears), late(&there));
    }

    let error = local_raising::on(&local.gears).call("luck").unwrap_err();
    let frames = error.python().unwrap().frames();
    let lines: Vec<u32> = frames.iter().map(gears_runtime::Frame::line).collect();
    assert_eq!(lines, [RAISING + 7, RAISING + 5]);
    assert!(frames.iter().all(|frame| frame.file() == file!()));
    assert!(error.raw().unwrap().starts_with("['Traceback"));
}
