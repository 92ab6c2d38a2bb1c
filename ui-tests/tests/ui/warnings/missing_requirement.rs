#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    import requests
    return requests.get(key, timeout=10).text
    "#
}

fn main() {}
