use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(key: &str) -> Result<String> {
    r#"
    class A:
        return 1
    return A
    "#
}

fn main() {}
