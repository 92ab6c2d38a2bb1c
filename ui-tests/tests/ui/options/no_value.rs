use gears_runtime::{Result, gear_command};

#[gear_command(replace)]
fn f() -> Result<()> {
    "pass"
}

fn main() {}
