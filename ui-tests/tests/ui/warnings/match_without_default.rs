#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command(python = "3.10")]
fn lookup(key: &str) -> Result<String> {
    r#"
    match key:
        case "a":
            kind = "first"
        case "b":
            kind = "second"
    return kind
    "#
}

fn main() {}
