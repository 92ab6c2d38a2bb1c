#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    for part in key.split(","):
        if part.isdigit():
            found = part
    return found
    "#
}

fn main() {}
