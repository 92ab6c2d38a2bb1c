use gears_runtime::{Result, gear_command};

#[gear_command(python = "3.10")]
fn lookup(key: &str) -> Result<String> {
    r#"
    try:
        return key
    except* ValueError:
        raise
    "#
}

fn main() {}
