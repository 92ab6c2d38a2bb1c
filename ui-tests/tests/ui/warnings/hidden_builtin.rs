#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn count(list: Vec<String>, cmd: &str) -> Result<i64> {
    r#"
    cmd.set("last", cmd)
    return len(list(list))
    "#
}

fn main() {}
