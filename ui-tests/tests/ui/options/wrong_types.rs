use gears_runtime::{Result, gear_command};

#[gear_command(
    trigger = 1,
    mode = sync,
    requirements = "requests",
    replace = "yes",
    description = b"bytes",
    file = (),
    python = 3.9,
    crate = "gears_runtime",
)]
fn f() -> Result<()> {
    "pass"
}

#[gear_command(requirements = ["requests", numpy, 3])]
fn g() -> Result<()> {
    "pass"
}

fn main() {}
