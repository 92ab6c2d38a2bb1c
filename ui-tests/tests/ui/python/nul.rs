use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(key: &str) -> Result<String> {
    "return '\0'"
}

fn main() {}
