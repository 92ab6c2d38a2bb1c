use gears_runtime::{Result, gear_command};

#[gear_command(file = "gears/x.py")]
fn f(x: u8) -> Result<String> {
    "return x"
}

fn main() {}
