use gears_runtime::{Result, gear_command};

#[gear_command(allow = "undefined-name")]
fn lookup(key: &str) -> Result<String> {
    r#"
    return key
    "#
}

fn main() {}
