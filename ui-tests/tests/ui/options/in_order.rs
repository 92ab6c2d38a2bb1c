use gears_runtime::{Result, gear_command};

#[gear_command(in_order, mode = "sync")]
fn sync() -> Result<()> {
    "pass"
}

#[gear_command(in_order = true)]
fn awaits() -> Result<()> {
    "await runCoroutine(None)"
}

#[gear_command(in_order = "yes")]
fn text() -> Result<()> {
    "pass"
}

fn main() {}
