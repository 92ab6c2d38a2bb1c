use gears_runtime::{Result, gear_command};

#[gear_command(trigger = "a\0b")]
fn f() -> Result<()> {
    "pass"
}

fn main() {}
