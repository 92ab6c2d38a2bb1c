use gears_runtime::{Result, gear_command};

#[gear_command(requirements = ["", "--index-url=http://x", "requests", "numpy", " requests", "a\nb"])]
fn f() -> Result<()> {
    "pass"
}

fn main() {}
