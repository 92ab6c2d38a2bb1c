use gears_runtime::{Result, gear_command};

struct Opaque;

#[gear_command]
fn f(x: u8, y: &Opaque) -> Result<()> {
    "pass"
}

fn main() {}
