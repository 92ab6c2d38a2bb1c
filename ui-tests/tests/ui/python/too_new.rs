use gears_runtime::{Result, gear_command};

#[gear_command]
fn f(key: &str) -> Result<String> {
    r#"
    match key:
        case "a":
            return "b"
    "#
}

fn main() {}
