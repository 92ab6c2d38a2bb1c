use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    first = cmd.get(kye)
    second = cmd.get(ohter)
    return frist + second
    "#
}

fn main() {}
