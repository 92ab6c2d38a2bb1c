use gears_runtime::{Result, gear_command};

#[gear_command(mode = "asynchronous")]
fn f() -> Result<()> {
    "pass"
}

fn main() {}
