use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(x: impl AsRef<str>, y: Vec<impl Copy>) -> Result<()> {
    "pass"
}

fn main() {}
