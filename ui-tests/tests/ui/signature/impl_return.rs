use gears_runtime::{Result, gear_command};

#[gear_command]
fn f() -> Result<impl Copy> {
    "pass"
}

fn main() {}
