use gears_runtime::{Gears, Result, gear_command};

#[gear_command]
fn join(left: &str, right: u8) -> Result<String> {
    "return left * right"
}

fn wrong(gears: &Gears) {
    join::pipe(gears, ["a", "b"]);
}

fn main() {}
