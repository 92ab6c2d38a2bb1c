use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(key: &str) -> Result<String> {
    r#"
    break
    nonlocal key
    del = 1
    "#
}

fn main() {}
