#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    def collect(part, parts=[]):
        parts.append(part)
        return parts
    return ",".join(collect(key))
    "#
}

fn main() {}
