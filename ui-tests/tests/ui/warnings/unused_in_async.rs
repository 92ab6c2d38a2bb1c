#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
async fn lookup(key: &str) -> Result<String> {
    r#"
    return "ok"
    "#
}

fn main() {}
