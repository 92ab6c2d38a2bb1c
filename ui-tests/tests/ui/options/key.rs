use gears_runtime::{PerShard, Result, gear_command};

#[gear_command(key = usr)]
fn no_such_parameter(user: &str, page: u32) -> Result<()> {
    "pass"
}

#[gear_command(key = user)]
fn no_parameters() -> Result<()> {
    "pass"
}

#[gear_command(key = "user")]
fn quoted(user: &str) -> Result<()> {
    "pass"
}

#[gear_command(key = user, mode = "async")]
fn everywhere(user: &str) -> Result<PerShard<()>> {
    "pass"
}

fn main() {}
