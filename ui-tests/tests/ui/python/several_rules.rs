use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(key: &str) -> Result<String> {
    r#"
    break
    nonlocal x
    return key
    "#
}

fn main() {}
