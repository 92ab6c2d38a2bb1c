use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(key: &str) -> Result<String> {
    r#"
    def inner():
        return await key
    return inner()
    "#
}

fn main() {}
