use gears_runtime::{Result, gear_command};

#[gear_command]
fn f((a, b): (u8, u8)) -> Result<()> {
    "pass"
}

fn main() {}
