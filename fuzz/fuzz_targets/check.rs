//! Any bytes, at any version, as a body, a file, a script and an expression: an error or a pass.
//!
//! The first byte of an input says which version; the rest is the text.
#![no_main]

use std::time::{Duration, Instant};

use gears_python::{
    Body, Checker, Diagnostic, FileChecker, Origin, PythonVersion, check_expression,
};
use libfuzzer_sys::fuzz_target;

/// Far more than any input of this size takes, even where other things run beside it.
const SOON: Duration = Duration::from_secs(5);

fuzz_target!(|input: &[u8]| {
    let (number, bytes) = match input {
        [number, bytes @ ..] => (*number, bytes),
        [] => (0, input),
    };
    let versions: Vec<PythonVersion> = PythonVersion::all().collect();
    let version = versions[usize::from(number) % versions.len()];
    let began = Instant::now();
    let parameters = ["key", "x", "cmd"];
    for checker in [
        FileChecker::new(version),
        FileChecker::new(version).body(&parameters),
    ] {
        for finding in checker.check("x.py", bytes) {
            assert!(finding.start() <= finding.end(), "{finding}");
            assert!(!finding.message().contains("gave up"), "{finding}");
        }
    }
    if let Ok(text) = str::from_utf8(bytes) {
        let body = Body::new(text, Origin::exact("x.py", 1, 1));
        let lines = text.replace("\r\n", "\n").split(['\n', '\r']).count() as u32;
        let checker = Checker::new(version).parameters(&parameters);
        for report in [checker.check(&body), checker.check_file(&body)] {
            check_all(report.diagnostics(), lines);
        }
        if let Err(problems) = check_expression(&body, version, &parameters) {
            check_all(&problems, lines);
        }
    }
    let took = began.elapsed();
    assert!(took < SOON, "it took {took:?}");
});

fn check_all(diagnostics: &[Diagnostic], lines: u32) {
    for diagnostic in diagnostics {
        let line = diagnostic.place().line().expect("the origin is exact");
        assert!((1..=lines).contains(&line), "line {line} of {lines}: {diagnostic}");
        assert!(!diagnostic.message().contains("gave up"), "{diagnostic}");
    }
}
