use gears_runtime::{Result, gear_command};

#[gear_command(colour = "red")]
fn f() -> Result<()> {
    "pass"
}

fn main() {}
