use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(#[cfg(unix)] x: u8) -> Result<()> {
    "pass"
}

fn main() {}
