use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    total = total + 1
    return str(total)
    "#
}

fn main() {}
