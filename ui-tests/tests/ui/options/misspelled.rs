use gears_runtime::{Result, gear_command};

#[gear_command(requirments = ["requests"])]
fn f() -> Result<()> {
    "pass"
}

fn main() {}
