use gears_runtime::{Result, gear_command};

#[gear_command(python = "3.6")]
fn f() -> Result<()> {
    "pass"
}

fn main() {}
