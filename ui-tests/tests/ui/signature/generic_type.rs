use gears_runtime::{Result, gear_command};

#[gear_command]
fn f<T: serde::Serialize>(x: T) -> Result<()> {
    "pass"
}

fn main() {}
