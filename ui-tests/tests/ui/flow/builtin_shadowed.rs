use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    len = len(key)
    return str(len)
    "#
}

fn main() {}
