use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(x: String) -> Result<()>
where
    String: Clone,
{
    "pass"
}

fn main() {}
