use gears_runtime::{Result, gear_command};

#[gear_command]
fn str(text: &str) -> Result<()> {
    "pass"
}

fn main() {}
