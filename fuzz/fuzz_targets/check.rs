//! Any text, at any version, as a body, a file and an expression: an error or a pass.
#![no_main]

use gears_python::{Body, Checker, Origin, PythonVersion, check_expression};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &str)| {
    let (number, text) = input;
    let versions: Vec<PythonVersion> = PythonVersion::all().collect();
    let version = versions[usize::from(number) % versions.len()];
    let body = Body::new(text, Origin::exact("x.py", 1, 1));
    let checker = Checker::new(version).parameters(&["key"]);
    for report in [checker.check(&body), checker.check_file(&body)] {
        for diagnostic in report.diagnostics() {
            assert!(!diagnostic.message().contains("gave up"), "{diagnostic}");
        }
    }
    let _ = check_expression(&body, version, &["key"]);
});
