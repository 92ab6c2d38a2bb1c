use gears_runtime::{Result, gear_command};

#[gear_command(trigger = "")]
fn f() -> Result<()> {
    "pass"
}

fn main() {}
