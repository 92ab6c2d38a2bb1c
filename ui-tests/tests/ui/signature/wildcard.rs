use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(_: u8) -> Result<()> {
    "pass"
}

fn main() {}
