use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(mut x: u8, ref y: u8) -> Result<()> {
    "pass"
}

fn main() {}
