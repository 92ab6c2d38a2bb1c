use gears_runtime::{Result, gear_command};

#[gear_command(key = user)]
fn optional(user: Option<&str>) -> Result<()> {
    "pass"
}

#[gear_command(key = weight)]
fn float(user: &str, weight: f64) -> Result<()> {
    "pass"
}

fn main() {}
