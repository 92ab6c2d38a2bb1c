#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    if key.startswith("user:"):
        name = key[5:]
    return name
    "#
}

fn main() {}
