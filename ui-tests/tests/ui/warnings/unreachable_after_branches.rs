#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    if key:
        return key
    else:
        raise ValueError("no key")
    log("done")
    "#
}

fn main() {}
