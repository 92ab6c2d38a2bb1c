#![deny(warnings)]

use gears_runtime::{Result, gear_command};

#[gear_command(requirements = ["requests>=2"])]
fn lookup(key: &str) -> Result<String> {
    r#"
    import requests, yaml
    return yaml.dump(requests.get(key, timeout=10).json())
    "#
}

fn main() {}
