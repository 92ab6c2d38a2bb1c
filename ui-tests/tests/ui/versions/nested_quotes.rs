use gears_runtime::{Result, gear_command};

#[gear_command(python = "3.11")]
fn lookup(key: &str) -> Result<String> {
    r#"
    return f"{key.split(",")[0]}"
    "#
}

fn main() {}
