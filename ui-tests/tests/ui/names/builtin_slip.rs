use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    return str(lenn(key))
    "#
}

fn main() {}
