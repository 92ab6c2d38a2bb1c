use gears_runtime::{Result, gear_command};

#[gear_command]
fn del(key: &str) -> Result<()> {
    "cmd.delete(key)"
}

fn main() {}
