//! Bodies in files.

use std::collections::HashMap;

use gears_runtime::{Result, gear_command};

/// Counts words.
#[gear_command(file = "gears/words.py")]
fn words(text: &str) -> Result<HashMap<String, u32>> {}

#[gear_command(file = "gears/windows.py")]
fn windows() -> Result<String> {}

#[test]
fn the_body_is_what_the_file_holds() {
    let source = include_str!("../../gears/words.py");
    assert_eq!(words::GEAR.body(), source.trim_end());
    assert_eq!(words::GEAR.file(), "gears/words.py");
    assert_eq!(words::GEAR.line(), Some(1));
    assert_eq!(words::GEAR.description(), "Counts words.");
}

#[test]
fn byte_order_marks_line_ends_and_indentation_go() {
    assert_eq!(windows::GEAR.body(), "import os\n\nreturn os.sep");
    assert_eq!(windows::GEAR.line(), Some(1));
}
