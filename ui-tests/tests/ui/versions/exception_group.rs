use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    raise ExceptionGroup("several", [ValueError(key)])
    "#
}

fn main() {}
