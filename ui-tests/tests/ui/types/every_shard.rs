use gears_runtime::{Result, gear_command};

#[gear_command(mode = "async")]
fn f() -> Result<u8> {
    "return 1"
}

fn main() {}
