use gears_runtime::{Result, gear_command};

#[gear_command]
fn add(numbers: &mut Vec<i64>, text: &mut str) -> Result<()> {
    "numbers.append(len(text))"
}

fn main() {}
