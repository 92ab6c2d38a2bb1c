use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(x: u8) -> Result<String> {
    "x = 1"; "return x"
}

fn main() {}
