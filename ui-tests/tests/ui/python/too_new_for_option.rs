use gears_runtime::{Result, gear_command};

#[gear_command(python = "3.7")]
fn f(key: &str) -> Result<String> {
    r#"
    if (n := len(key)) > 3:
        return f"{n=}"
    "#
}

fn main() {}
