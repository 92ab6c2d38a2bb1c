use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(key: &str) -> Result<String> {
    "\n    if key\n        return 1\n"
}

fn main() {}
