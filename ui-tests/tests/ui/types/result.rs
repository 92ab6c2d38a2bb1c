use gears_runtime::{Result, gear_command};

struct Opaque;

#[gear_command]
fn f() -> Result<Opaque> {
    "return 1"
}

fn main() {}
