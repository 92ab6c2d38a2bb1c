#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str, limit: u32, _rest: u8) -> Result<String> {
    r#"
    return "nothing"
    "#
}

fn main() {}
