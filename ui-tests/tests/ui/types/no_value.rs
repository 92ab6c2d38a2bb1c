use gears_runtime::{Result, gear_command};

type Number = u64;

#[gear_command]
fn f(key: &str) -> Result<Number> {
    r#"
    cmd.set(key, 1)
    "#
}

fn main() {}
