use gears_runtime::{Result, gear_command};

#[gear_command(file = "gears/no_such.py")]
fn f(x: u8) -> Result<String> {}

fn main() {}
