use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    ѕtate = cmd.get(key)
    return state
    "#
}

fn main() {}
