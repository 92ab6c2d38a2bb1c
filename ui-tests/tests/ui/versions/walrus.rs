use gears_runtime::{Result, gear_command};

#[gear_command(python = "3.7")]
fn lookup(key: &str) -> Result<String> {
    r#"
    if (n := len(key)) > 3:
        return str(n)
    return key
    "#
}

fn main() {}
