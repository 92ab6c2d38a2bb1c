use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(x: u8) -> Result<String> {
    42
}

fn main() {}
