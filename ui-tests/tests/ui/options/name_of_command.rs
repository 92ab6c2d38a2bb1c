use gears_runtime::{Result, gear_command};

#[gear_command(name = "other")]
fn f() -> Result<()> {
    "pass"
}

fn main() {}
