use gears_runtime::{Result, gear_command};

#[gear_command]
const unsafe extern "C" fn f() -> Result<()> {
    "pass"
}

fn main() {}
