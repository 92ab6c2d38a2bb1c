use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<Vec<String>> {
    r#"
    for part in key.split(","):
        yield part
    "#
}

fn main() {}
