use gears_runtime::{Result, gear_command};

#[gear_command]
fn f<'a>(x: &'a str) -> Result<()> {
    "pass"
}

fn main() {}
