#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    try:
        number = int(key)
    except ValueError:
        log("no number")
    return str(number)
    "#
}

fn main() {}
