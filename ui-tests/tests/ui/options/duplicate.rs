use gears_runtime::{Result, gear_command};

#[gear_command(mode = "sync", trigger = "a", mode = "async")]
fn f() -> Result<()> {
    "pass"
}

fn main() {}
