#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str, limit: u32) -> Result<String> {
    r#"
    return key
    "#
}

fn main() {}
