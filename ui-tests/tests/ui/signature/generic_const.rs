use gears_runtime::{Result, gear_command};

#[gear_command]
fn f<const N: usize>(x: [u8; N]) -> Result<()> {
    "pass"
}

fn main() {}
