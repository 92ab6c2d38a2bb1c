use gears_runtime::{Result, gear_command};

#[gear_command]
fn lookup(key: &str) -> Result<String> {
    r#"
    match key:
        case "a":
            return "b"
        case _:
            return key
    "#
}

fn main() {}
