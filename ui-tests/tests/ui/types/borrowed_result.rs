use gears_runtime::{Result, gear_command};

#[gear_command]
fn f() -> Result<&'static str> {
    "return 1"
}

fn main() {}
