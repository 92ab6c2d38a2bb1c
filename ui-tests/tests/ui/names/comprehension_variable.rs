use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    parts = [part for part in key.split(",")]
    return part
    "#
}

fn main() {}
