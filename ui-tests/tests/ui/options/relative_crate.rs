use gears_runtime::{Result, gear_command};

#[gear_command(crate = super::gears_runtime)]
fn f() -> Result<()> {
    "pass"
}

fn main() {}
