use gears_runtime::{Result, gear_command};

#[gear_command(triger = "a", mode = "fast", replace = 1, python = "2.7")]
fn f() -> Result<()> {
    "pass"
}

fn main() {}
