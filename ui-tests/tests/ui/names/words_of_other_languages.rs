use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    if key == null:
        return "nothing"
    return key if true else ""
    "#
}

fn main() {}
