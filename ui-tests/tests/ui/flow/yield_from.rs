use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<Vec<String>> {
    r#"
    yield from key.split(",")
    "#
}

fn main() {}
