use gears_runtime::{Result, gear_command};

#[gear_command(trigger = , mode = "sync")]
fn f() -> Result<()> {
    "pass"
}

fn main() {}
