#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    return key
    log("done")
    "#
}

fn main() {}
