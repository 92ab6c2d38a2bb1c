use gears_runtime::{Result, gear_command};

#[gear_command(allow = ["undefined_name", "style"])]
fn lookup(key: &str) -> Result<String> {
    r#"
    return key
    "#
}

fn main() {}
