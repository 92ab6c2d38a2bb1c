#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    import tomllib
    return str(tomllib.loads(key))
    "#
}

fn main() {}
