use gears_runtime::{Result, gear_command};

#[gear_command(crate = no_such_crate)]
fn f() -> Result<()> {
    "pass"
}

fn main() {}
