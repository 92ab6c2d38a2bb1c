use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    value = cmd.get(kye)
    return value.decode()
    "#
}

fn main() {}
