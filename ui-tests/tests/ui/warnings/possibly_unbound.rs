#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    for part in key.split(","):
        last = part
    return last
    "#
}

fn main() {}
