use gears_runtime::{Result, gear_command};

#[gear_command(timeout_ms = 0)]
fn none() -> Result<()> {
    "pass"
}

#[gear_command(timeout_ms = "2s")]
fn text() -> Result<()> {
    "pass"
}

#[gear_command(timeout_ms = -1)]
fn negative() -> Result<()> {
    "pass"
}

#[gear_command(timeout_ms = 2.5)]
fn float() -> Result<()> {
    "pass"
}

#[gear_command(timeout_ms)]
fn no_value() -> Result<()> {
    "pass"
}

fn main() {}
