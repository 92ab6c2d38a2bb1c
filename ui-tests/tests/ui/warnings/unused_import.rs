#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    import json, math
    from os.path import join as joined
    return json.loads(cmd.get(key))
    "#
}

fn main() {}
