#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    try:
        return execute("GET", key)
    except BaseException:
        return ""
    "#
}

fn main() {}
