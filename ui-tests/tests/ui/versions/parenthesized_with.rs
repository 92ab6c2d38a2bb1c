use gears_runtime::{Result, gear_command};

#[gear_command(python = "3.8")]
fn lookup(key: &str) -> Result<String> {
    r#"
    with (atomic() as a, atomic() as b):
        return key
    "#
}

fn main() {}
