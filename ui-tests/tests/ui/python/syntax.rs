use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(key: &str) -> Result<String> {
    r#"
    import json
    value = json.loads(key
    return value
    "#
}

fn main() {}
