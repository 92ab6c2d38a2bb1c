use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(from: &str, lambda: u8, r#await: u8) -> Result<String> {
    "return 1"
}

fn main() {}
